-- Owner: user-service of the columns of organisations, processor of deleted_results. What an organisation may have, and
-- how long its results are kept.

ALTER TABLE organisations
    -- The name of a plan of the configuration. None while nobody has given it one: then it has the default.
    ADD COLUMN plan                text,
    -- Limits of this organisation alone, by name, as a plan has them.
    ADD COLUMN limit_overrides     jsonb,
    -- What its plan says of single results, for processor, which deletes them; none where the plan says nothing.
    ADD COLUMN raw_retention_days  integer CHECK (raw_retention_days > 0);

-- Organisations whose single results are deleted before their partitions are dropped.
CREATE TABLE deleted_results (
    org_id        bigint  PRIMARY KEY,
    -- From results of days before this nothing can be read or counted: some may be gone.
    begun_before  date    NOT NULL,
    -- All of them are gone.
    done_before   date
);
