-- Owner: user-service. Who is told of what, and what people do about incidents.

-- While a monitor is muted nobody is told of its outages. Not a part of its specification: muting makes no
-- new revision, and with it no new incident.
ALTER TABLE monitors
    ADD COLUMN muted        boolean     NOT NULL DEFAULT false,
    -- When the mute ends by itself.
    ADD COLUMN muted_until  timestamptz;
CREATE INDEX monitors_muted_idx ON monitors (org_id) WHERE muted;

-- domain::channel::ChannelAlerts
ALTER TABLE channels ADD COLUMN alerts jsonb NOT NULL DEFAULT '{}';

CREATE TABLE maintenance_windows (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    -- Which monitors; all of the organisation's when there are none.
    monitors    bigint[]    NOT NULL DEFAULT '{}',
    -- domain::alert_filter::Span
    span        jsonb       NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX maintenance_windows_org_idx ON maintenance_windows (org_id, id);

-- Beside the processor's rows of incidents, which only the processor changes.
CREATE TABLE incident_acknowledgements (
    incident_id      uuid        PRIMARY KEY,
    org_id           bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- A user's name, or slack:<name>.
    by_name          text        NOT NULL,
    acknowledged_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE incident_notes (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  uuid        NOT NULL,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    by_name      text        NOT NULL,
    text         text        NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX incident_notes_incident_idx ON incident_notes (incident_id, id);
