-- Owner: user-service. How many checks on request an organisation has had on the day of the last one (UTC).

CREATE TABLE checks_on_request (
    org_id  bigint  PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    day     date    NOT NULL,
    used    integer NOT NULL CHECK (used > 0)
);
