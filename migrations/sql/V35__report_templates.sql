-- Owner: user-service. What people have prepared to say in reports on status pages, and since when pages show components.

-- All who read components would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

CREATE TABLE report_templates (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    -- None where it is for updates of any report.
    title       text,
    message     text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('investigating', 'identified', 'monitoring', 'resolved')),
    -- None where that depends. With the end of a problem all components become operational by themselves.
    impact      text
        CHECK (impact IN ('operational', 'degraded_performance', 'partial_outage', 'major_outage')),
    notify      boolean     NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (status <> 'resolved' OR impact IS NULL)
);
CREATE INDEX report_templates_org_idx ON report_templates (org_id, id);

-- Since when a page shows a component. Of those that were there before it is not known: they are as old as their page.
ALTER TABLE components ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
UPDATE components c SET created_at = p.created_at FROM status_pages p WHERE p.id = c.page_id;
