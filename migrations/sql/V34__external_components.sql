-- Owner: user-service. Components that show what another status page says, and what those pages have said.

-- The address of that page, and the name or id of a component of it; without one it is about the page as a whole.
ALTER TABLE components
    ADD COLUMN external_url text,
    ADD COLUMN external_component text,
    ADD CONSTRAINT components_external_component_check
        CHECK (external_component IS NULL OR external_url IS NOT NULL);
CREATE INDEX components_external_idx ON components (external_url) WHERE external_url IS NOT NULL;

-- One row of each address, however many components show it: it is read once a minute at most.
CREATE TABLE external_status_pages (
    url         text        PRIMARY KEY,
    -- When it may be read next. Whoever takes it moves that by a minute.
    due_at      timestamptz NOT NULL DEFAULT now(),
    -- The states that it said last (user-service's rules::external_status::Said), and when.
    said        jsonb,
    said_at     timestamptz,
    -- Why it could not be read when that was tried last, in words.
    problem     text,
    CHECK ((said IS NULL) = (said_at IS NULL))
);
CREATE INDEX external_status_pages_due_idx ON external_status_pages (due_at);
