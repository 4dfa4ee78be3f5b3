-- Owner: user-service. What is watched, and who is told.

CREATE TABLE monitors (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id),
    name        text        NOT NULL,
    -- domain::monitor::Spec
    spec        jsonb       NOT NULL,
    -- Grows with each change of spec; results of an earlier revision do not count.
    revision    integer     NOT NULL DEFAULT 1,
    -- Grows with each change of the row (If-Match).
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    -- A removed monitor stays for a while, so that results still on their way are recognised.
    deleted_at  timestamptz
);
CREATE INDEX monitors_org_idx ON monitors (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX monitors_deleted_idx ON monitors (deleted_at) WHERE deleted_at IS NOT NULL;

-- Lifecycle records on their way to Kafka: written in the transaction of the change that they tell of,
-- removed when the broker has acknowledged them.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    monitor_id  bigint      NOT NULL,
    payload     bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE channels (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    kind        text        NOT NULL,
    -- The configuration as JSON, sealed with a key of ENCRYPTION_KEYS.
    config      bytea       NOT NULL,
    enabled     boolean     NOT NULL DEFAULT true,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX channels_org_idx ON channels (org_id, id);
