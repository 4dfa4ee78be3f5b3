-- Owner: processor. When the revisions of monitors began, as far as records tell: a result stands for no time
-- after a later revision than its own has begun. The first revision ends nothing, and is left out.
CREATE TABLE monitor_revisions (
    monitor_id  bigint      NOT NULL,
    revision    integer     NOT NULL,
    began_at    timestamptz NOT NULL,
    PRIMARY KEY (monitor_id, revision)
);
