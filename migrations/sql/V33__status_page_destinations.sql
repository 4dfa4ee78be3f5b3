-- Owner: user-service. Where the updates of a status page's reports are posted to, and what came of it.

CREATE TABLE status_page_destinations (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    page_id     bigint      NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('webhook', 'slack', 'teams')),
    -- Sealed.
    config      bytea       NOT NULL,
    -- The components that it is told of; none where it is told of all of them. Some may be gone.
    components  bigint[]    CHECK (cardinality(components) > 0),
    enabled     boolean     NOT NULL,
    -- Attempts in a row that were answered with 404 or 410, and when it was switched off for that.
    refusals    integer     NOT NULL DEFAULT 0,
    gone_at     timestamptz CHECK (gone_at IS NULL OR NOT enabled),
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX status_page_destinations_page_idx ON status_page_destinations (page_id, id);
CREATE INDEX status_page_destinations_org_idx ON status_page_destinations (org_id);

-- A message about an update to a destination.
CREATE TABLE report_deliveries (
    update_id       bigint      NOT NULL REFERENCES report_updates (id) ON DELETE CASCADE,
    destination_id  bigint      NOT NULL REFERENCES status_page_destinations (id) ON DELETE CASCADE,
    org_id          bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    report_id       bigint      NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    -- None while it waits.
    outcome         text        CHECK (outcome IN ('delivered', 'refused', 'given_up', 'dropped')),
    -- The status of the last answer, and why the last attempt failed.
    http_status     smallint,
    error           text,
    attempted_at    timestamptz,
    delivered_at    timestamptz CHECK ((delivered_at IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'delivered')),
    PRIMARY KEY (update_id, destination_id)
);
CREATE INDEX report_deliveries_destination_idx ON report_deliveries (destination_id, update_id DESC);
-- Whoever was told of a report is told of its end.
CREATE INDEX report_deliveries_report_idx ON report_deliveries (report_id, destination_id);
CREATE INDEX report_deliveries_due_idx ON report_deliveries (org_id, due_at) WHERE outcome IS NULL;
CREATE INDEX report_deliveries_waiting_idx ON report_deliveries (destination_id, update_id) WHERE outcome IS NULL;
CREATE INDEX report_deliveries_created_idx ON report_deliveries (created_at);
