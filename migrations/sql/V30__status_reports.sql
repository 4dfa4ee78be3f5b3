-- Owner: user-service. What people say on status pages about problems.

CREATE TABLE status_reports (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    page_id      bigint      NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    title        text        NOT NULL,
    -- That of the newest update.
    status       text        NOT NULL CHECK (status IN ('investigating', 'identified', 'monitoring', 'resolved')),
    started_at   timestamptz NOT NULL,
    -- When it was over: by the first of the newest updates that say so.
    resolved_at  timestamptz,
    postmortem   text,
    -- Whether the product has made it, and whether somebody has changed it since: from then on it is theirs.
    automatic    boolean     NOT NULL DEFAULT false,
    taken_over   boolean     NOT NULL DEFAULT false,
    version      integer     NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'resolved') = (resolved_at IS NOT NULL))
);
CREATE INDEX status_reports_page_idx ON status_reports (page_id, started_at DESC, id DESC);
CREATE INDEX status_reports_open_idx ON status_reports (page_id, started_at DESC, id DESC) WHERE resolved_at IS NULL;
CREATE INDEX status_reports_org_idx ON status_reports (org_id);
-- Few at a time: those that the product goes on with by itself.
CREATE INDEX status_reports_automatic_idx ON status_reports (page_id, created_at) WHERE automatic AND resolved_at IS NULL;

CREATE TABLE report_updates (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    report_id   bigint      NOT NULL REFERENCES status_reports (id) ON DELETE CASCADE,
    status      text        NOT NULL CHECK (status IN ('investigating', 'identified', 'monitoring', 'resolved')),
    message     text        NOT NULL,
    -- Whether subscribers are notified of it.
    notified    boolean     NOT NULL,
    -- Who has written it; nobody for API keys and the product, and once the account is gone.
    by_name     text,
    user_id     bigint,
    at          timestamptz NOT NULL,
    -- When its words were changed last.
    updated_at  timestamptz NOT NULL
);
CREATE INDEX report_updates_report_idx ON report_updates (report_id, id);
CREATE INDEX report_updates_org_idx ON report_updates (org_id);
CREATE INDEX report_updates_user_idx ON report_updates (user_id) WHERE user_id IS NOT NULL;

-- What an update says of components. A component may be gone by now: it had this name.
CREATE TABLE report_impacts (
    update_id     bigint NOT NULL REFERENCES report_updates (id) ON DELETE CASCADE,
    component_id  bigint NOT NULL,
    org_id        bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name          text   NOT NULL,
    impact        text   NOT NULL
        CHECK (impact IN ('operational', 'degraded_performance', 'partial_outage', 'major_outage')),
    PRIMARY KEY (update_id, component_id)
);
CREATE INDEX report_impacts_org_idx ON report_impacts (org_id);

-- Which incidents a page has a report about: one at most of each. The row stays when the report is deleted, so that the
-- product does not make it again.
CREATE TABLE report_incidents (
    page_id      bigint   NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    incident_id  uuid     NOT NULL,
    org_id       bigint   NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    report_id    bigint   REFERENCES status_reports (id) ON DELETE SET NULL,
    -- Whether it is the one that the report was made of: others were added to it.
    is_first     boolean  NOT NULL,
    -- The components that the product has reported because of it.
    components   bigint[] NOT NULL DEFAULT '{}',
    -- Whether the product has reported that it is over.
    ended        boolean  NOT NULL DEFAULT false,
    PRIMARY KEY (page_id, incident_id)
);
CREATE INDEX report_incidents_report_idx ON report_incidents (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX report_incidents_org_idx ON report_incidents (org_id);

-- For how many minutes an incident of a monitor that a page shows is open before the product reports it there; never where
-- there is no number.
ALTER TABLE status_pages ADD COLUMN report_automatically_after_minutes integer
    CHECK (report_automatically_after_minutes BETWEEN 0 AND 1440);
CREATE INDEX status_pages_automatic_idx ON status_pages (id) WHERE report_automatically_after_minutes IS NOT NULL;

-- With whatever is changed of a report its version grows.
CREATE FUNCTION note_status_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO status_page_changes (page_id) VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.page_id ELSE NEW.page_id END);
    RETURN NULL;
END
$$;
CREATE TRIGGER status_report_noted AFTER INSERT OR UPDATE OR DELETE ON status_reports
    FOR EACH ROW EXECUTE FUNCTION note_status_report();
