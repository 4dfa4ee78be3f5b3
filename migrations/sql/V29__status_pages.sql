-- Owner: user-service. Status pages: what an organisation's customers see of its monitors, and what of them is to be
-- written to Redis.

CREATE TABLE status_pages (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id            bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- Its name in addresses, of which there is one in the installation.
    slug              text        NOT NULL,
    title             text        NOT NULL,
    description       text,
    contact_url       text,
    published         boolean     NOT NULL DEFAULT true,
    accent_colour     text        NOT NULL,
    theme             text        NOT NULL CHECK (theme IN ('auto', 'light', 'dark')),
    locale            text        NOT NULL CHECK (locale IN ('en', 'de')),
    time_zone         text        NOT NULL,
    allow_index       boolean     NOT NULL,
    history_days      smallint    NOT NULL CHECK (history_days BETWEEN 1 AND 90),
    show_maintenance  boolean     NOT NULL,
    access_kind       text        NOT NULL
        CHECK (access_kind IN ('public', 'password', 'email_domain', 'addresses', 'members')),
    -- Argon2id, as a PHC string.
    password_hash     text        CHECK ((password_hash IS NOT NULL) = (access_kind = 'password')),
    email_domains     text[]      NOT NULL DEFAULT '{}',
    networks          cidr[]      NOT NULL DEFAULT '{}',
    -- Grows whenever who may see it changes: what let somebody in before does so no more.
    guard_version     integer     NOT NULL DEFAULT 1,
    -- The host name of its own, and what the TXT record has to say that proves it.
    host              text,
    host_token        text,
    host_proven_at    timestamptz,
    host_checked_at   timestamptz,
    host_problem      text,
    -- When a proven one is looked up again, and how many times in a row that has failed.
    host_due_at       timestamptz,
    host_failures     integer     NOT NULL DEFAULT 0,
    version           integer     NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CHECK ((host IS NULL) = (host_token IS NULL)),
    CHECK (host IS NOT NULL OR host_proven_at IS NULL)
);
CREATE UNIQUE INDEX status_pages_slug_key ON status_pages (slug);
-- A host name that nobody has proven may be claimed by several.
CREATE UNIQUE INDEX status_pages_host_key ON status_pages (host) WHERE host_proven_at IS NOT NULL;
CREATE INDEX status_pages_org_idx ON status_pages (org_id, id);

CREATE TABLE status_page_logos (
    page_id  bigint PRIMARY KEY REFERENCES status_pages (id) ON DELETE CASCADE,
    -- SHA-256 of the image in hex.
    hash     text   NOT NULL,
    png      bytea  NOT NULL
);

CREATE TABLE component_groups (
    id        bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page_id   bigint   NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    position  smallint NOT NULL,
    -- None for components that stand by themselves.
    name      text,
    is_open   boolean  NOT NULL
);
CREATE INDEX component_groups_page_idx ON component_groups (page_id, position);

-- A component keeps its id while it moves between groups: reports name it.
CREATE TABLE components (
    id            bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page_id       bigint   NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    group_id      bigint   NOT NULL REFERENCES component_groups (id) ON DELETE CASCADE,
    position      smallint NOT NULL,
    name          text     NOT NULL,
    description   text,
    -- Whose state it has; none for one that has the state that reports say.
    monitor_id    bigint   REFERENCES monitors (id) ON DELETE CASCADE,
    show_history  boolean  NOT NULL,
    show_uptime   boolean  NOT NULL,
    show_latency  boolean  NOT NULL
);
CREATE INDEX components_page_idx ON components (page_id, group_id, position);
CREATE INDEX components_group_idx ON components (group_id);
CREATE INDEX components_monitor_idx ON components (monitor_id) WHERE monitor_id IS NOT NULL;

-- When the document of a page is written to Redis next.
CREATE TABLE status_page_publications (
    page_id       bigint      PRIMARY KEY REFERENCES status_pages (id) ON DELETE CASCADE,
    due_at        timestamptz NOT NULL DEFAULT now(),
    -- Who has taken it last; none when it changed since.
    turn          bigint,
    published_at  timestamptz
);
CREATE INDEX status_page_publications_due_idx ON status_page_publications (due_at);

-- Orders what is written to Redis: of two documents with one slug the one with the later turn is right, whichever is
-- written last. By the clock, so that turns after a restore are later than those before it; and never back with it.
CREATE SEQUENCE status_page_turns;
CREATE FUNCTION status_page_turn() RETURNS bigint LANGUAGE sql AS $$
    SELECT setval('status_page_turns', greatest(nextval('status_page_turns'),
                                                (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))
$$;

-- Pages that have changed since they were taken. A page that changes is only added here, so that no change waits for
-- another one; the page may be gone by the time it is read.
CREATE TABLE status_page_changes (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page_id  bigint NOT NULL
);

-- Names that are not a page's any more, and are to be removed from Redis.
CREATE TABLE status_page_removals (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug  text,
    host  text,
    CHECK (num_nonnulls(slug, host) = 1)
);

CREATE FUNCTION note_status_page() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO status_page_publications (page_id) VALUES (NEW.id);
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.slug <> OLD.slug THEN
        INSERT INTO status_page_removals (slug) VALUES (OLD.slug);
    END IF;
    IF OLD.host_proven_at IS NOT NULL
       AND (TG_OP = 'DELETE' OR NEW.host IS DISTINCT FROM OLD.host OR NEW.host_proven_at IS NULL)
    THEN
        INSERT INTO status_page_removals (host) VALUES (OLD.host);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO status_page_changes (page_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER status_page_noted AFTER INSERT OR UPDATE OR DELETE ON status_pages
    FOR EACH ROW EXECUTE FUNCTION note_status_page();

CREATE FUNCTION note_components_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO status_page_changes (page_id) SELECT DISTINCT page_id FROM gone;
    RETURN NULL;
END
$$;
CREATE TRIGGER components_gone AFTER DELETE ON components REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_components_gone();

-- The component of a removed monitor goes with it. What is measured of a monitor begins anew with its revision.
CREATE FUNCTION note_component_monitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        DELETE FROM components WHERE monitor_id = NEW.id;
    ELSE
        INSERT INTO status_page_changes (page_id)
        SELECT DISTINCT page_id FROM components WHERE monitor_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER component_monitor_noted AFTER UPDATE OF deleted_at, revision ON monitors
    FOR EACH ROW WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at OR OLD.revision <> NEW.revision)
    EXECUTE FUNCTION note_component_monitor();

-- Of these all pages of the organisation show something.
CREATE FUNCTION note_status_pages_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO status_page_changes (page_id)
    SELECT id FROM status_pages WHERE org_id = CASE TG_OP WHEN 'DELETE' THEN OLD.org_id ELSE NEW.org_id END;
    RETURN NULL;
END
$$;
CREATE TRIGGER maintenance_window_noted AFTER INSERT OR UPDATE OR DELETE ON maintenance_windows
    FOR EACH ROW EXECUTE FUNCTION note_status_pages_of();
CREATE TRIGGER organisation_deletion_noted AFTER INSERT OR UPDATE OR DELETE ON organisation_deletions
    FOR EACH ROW EXECUTE FUNCTION note_status_pages_of();
