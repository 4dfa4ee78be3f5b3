-- Owner: user-service. Who is notified when: severities, routes, escalation policies, teams, on-call schedules, and
-- members' own channels. Of alert_events, which is the processor's, one column.

-- All who read monitors or channels would wait behind this for as long as a backup or an export lasts: who applies it
-- tries again.
SET LOCAL lock_timeout = '3s';

-- They are no part of what is checked: a change begins no new revision.
ALTER TABLE monitors
    ADD COLUMN severity text NOT NULL DEFAULT 'critical' CHECK (severity IN ('info', 'warning', 'critical')),
    -- domain::routing::Recipients; null where the routes decide.
    ADD COLUMN alert_recipients jsonb;
-- What an escalation policy is used by, and whether anything goes by labels.
CREATE INDEX monitors_labels_idx ON monitors (org_id) WHERE alert_recipients IS NOT NULL OR severity <> 'critical';

-- Whose own it is. It goes with the membership.
ALTER TABLE channels
    ADD COLUMN owner_id bigint,
    ADD CONSTRAINT channels_owner_fkey
        FOREIGN KEY (org_id, owner_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE;
CREATE INDEX channels_owner_idx ON channels (org_id, owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE alert_routes (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- In which order they are asked; there may be gaps.
    position    integer     NOT NULL,
    name        text        NOT NULL,
    -- domain::routing::Conditions
    conditions  jsonb       NOT NULL,
    -- domain::routing::Recipients
    recipients  jsonb       NOT NULL,
    -- Whether the next ones are asked, too.
    goes_on     boolean     NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    -- At the end of a transaction: while they are put in another order two may be at one place.
    CONSTRAINT alert_routes_position_key UNIQUE (org_id, position) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE escalation_policies (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    -- domain::escalation::EscalationPlan
    plan        jsonb       NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX escalation_policies_org_idx ON escalation_policies (org_id, id);

CREATE TABLE teams (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX teams_org_idx ON teams (org_id, id);

CREATE TABLE team_members (
    team_id     bigint  NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    org_id      bigint  NOT NULL,
    user_id     bigint  NOT NULL,
    position    integer NOT NULL,
    PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);
CREATE INDEX team_members_member_idx ON team_members (org_id, user_id);

CREATE TABLE on_call_schedules (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    -- domain::on_call::Rota
    rota        jsonb       NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX on_call_schedules_org_idx ON on_call_schedules (org_id, id);

CREATE TABLE on_call_overrides (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    schedule_id  bigint      NOT NULL REFERENCES on_call_schedules (id) ON DELETE CASCADE,
    -- Who stands in. Who has left stays, and reaches nobody.
    user_id      bigint      NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    created_by   bigint      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (starts_at < ends_at)
);
CREATE INDEX on_call_overrides_schedule_idx ON on_call_overrides (schedule_id, ends_at);
CREATE INDEX on_call_overrides_org_idx ON on_call_overrides (org_id, ends_at);

-- Addresses at which calendars read shifts.
CREATE TABLE calendar_feeds (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       bigint      NOT NULL,
    user_id      bigint      NOT NULL,
    -- Null: the shifts of its owner, of all schedules.
    schedule_id  bigint      REFERENCES on_call_schedules (id) ON DELETE CASCADE,
    token_hash   bytea       NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    read_at      timestamptz,
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);
CREATE INDEX calendar_feeds_owner_idx ON calendar_feeds (org_id, user_id, id);
CREATE INDEX calendar_feeds_schedule_idx ON calendar_feeds (schedule_id) WHERE schedule_id IS NOT NULL;

-- domain::alert_event::Cause: why a channel is notified.
ALTER TABLE alert_events ADD COLUMN cause jsonb;
