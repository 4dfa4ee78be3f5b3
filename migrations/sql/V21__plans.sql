-- Owner: user-service. What an organisation may have: its plan is one of the configuration, by name.

ALTER TABLE organisations
    -- None while nobody has given it one: then it has the default.
    ADD COLUMN plan                text,
    -- Limits of this organisation alone, by name, as a plan has them.
    ADD COLUMN limit_overrides     jsonb,
    -- What its plan says of single results, for processor, which deletes them; none where the plan says nothing.
    ADD COLUMN raw_retention_days  integer CHECK (raw_retention_days > 0);
