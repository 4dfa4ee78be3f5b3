-- Owner: user-service. A monitor that holds something which viewers may not see is sealed as a whole, with a key of
-- ENCRYPTION_KEYS; then spec says only what lists, searches and counts need of it.
ALTER TABLE monitors ADD COLUMN sealed_spec bytea;

-- Whether monitors are sealed: there is a row. An installation that has monitors already was made by a release that
-- cannot read sealed ones, and may still run beside this one.
CREATE TABLE monitor_sealing (
    is_on  boolean     PRIMARY KEY DEFAULT true CHECK (is_on),
    since  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO monitor_sealing (is_on) SELECT true WHERE NOT EXISTS (SELECT FROM monitors);
