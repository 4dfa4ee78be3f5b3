-- Owner: user-service. SLA reports as they were made, and which of them are made by themselves.

CREATE TABLE sla_schedules (
    id                   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id               bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name                 text        NOT NULL,
    cadence              text        NOT NULL CHECK (cadence IN ('monthly', 'quarterly')),
    time_zone            text        NOT NULL,
    -- api::SlaSelection
    selection            jsonb       NOT NULL,
    -- In millionths.
    target               integer     NOT NULL CHECK (target BETWEEN 500000 AND 1000000),
    exclude_maintenance  boolean     NOT NULL,
    enabled              boolean     NOT NULL,
    -- When the next report is made: its period follows from it.
    next_at              timestamptz NOT NULL,
    -- Until when it is lent to the pod that makes the report, and how often that was begun.
    lent_until           timestamptz,
    attempts             smallint    NOT NULL DEFAULT 0,
    -- Why there is no report of the last period.
    error                text,
    version              integer     NOT NULL DEFAULT 1,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sla_schedules_org_idx ON sla_schedules (org_id, id);
CREATE INDEX sla_schedules_due_idx ON sla_schedules (next_at) WHERE enabled;

-- Members who get a mail of each report, for as long as they are members.
CREATE TABLE sla_schedule_recipients (
    schedule_id  bigint NOT NULL REFERENCES sla_schedules (id) ON DELETE CASCADE,
    org_id       bigint NOT NULL,
    user_id      bigint NOT NULL,
    PRIMARY KEY (schedule_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);
CREATE INDEX sla_schedule_recipients_member_idx ON sla_schedule_recipients (org_id, user_id);

CREATE TABLE sla_reports (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- The schedule that made it, as long as there is one.
    schedule_id  bigint      REFERENCES sla_schedules (id) ON DELETE SET NULL,
    period_from  timestamptz NOT NULL,
    -- Whose figures are in it: somebody who does not see all of them does not see the report.
    monitors     bigint[]    NOT NULL CHECK (cardinality(monitors) > 0),
    -- Of the two that follow; 1 is api::SlaReportHead and api::SlaReportContent, without names of people.
    format       smallint    NOT NULL,
    head         jsonb       NOT NULL,
    content      jsonb       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sla_reports_org_idx ON sla_reports (org_id, id);
-- A schedule makes one of each period, however many pods there are.
CREATE UNIQUE INDEX sla_reports_period_key ON sla_reports (schedule_id, period_from) WHERE schedule_id IS NOT NULL;
