-- Owner: user-service. Labels by which an organisation groups its monitors.

CREATE TABLE tags (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    -- One of api::TagColour.
    colour      text        NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now()
);
-- A name is one tag, however it is capitalised.
CREATE UNIQUE INDEX tags_name_key ON tags (org_id, lower(name));

CREATE TABLE monitor_tags (
    monitor_id  bigint NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    tag_id      bigint NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (monitor_id, tag_id)
);
CREATE INDEX monitor_tags_tag_idx ON monitor_tags (tag_id);
