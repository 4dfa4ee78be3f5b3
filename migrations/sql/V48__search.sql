-- Owner: user-service. What is searched (docs/adr/0055-search-looks-at-what-is-newest-first.md). Of incidents, which are the
-- processor's, a column.

-- All who read these tables would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- The words of a text: what stands between punctuation, so that a host, an address or a code of an error is found by its
-- parts. Each begins with its organisation: one that has many rows with a word costs no other anything.
-- Its costs are those of some hundred comparisons: the planner is to go by an index of it, and not to ask it for each row.
CREATE FUNCTION search_words(org bigint, said text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5000 AS $body$
    SELECT pg_catalog.array_to_tsvector(ARRAY(
        SELECT org::text || '.' || pg_catalog.left(word, 60)
        FROM pg_catalog.unnest(pg_catalog.tsvector_to_array(pg_catalog.to_tsvector(
            'pg_catalog.simple'::pg_catalog.regconfig,
            pg_catalog.translate(pg_catalog.left(coalesce(said, ''), 4000),
                                 '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', pg_catalog.repeat(' ', 32))))) AS word))
$body$;

-- Those of a monitor: its name, its key, and the part of its address that everybody who sees it may know, without the query.
CREATE FUNCTION monitor_words(org bigint, name text, external_key text, spec jsonb) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 5000 AS $body$
    SELECT public.search_words(org, name || ' ' || coalesce(external_key, '') || ' '
        || coalesce(pg_catalog.split_part(coalesce(spec->>'host', spec->>'url', spec->>'slug'), '?', 1), ''))
$body$;

-- Owner: processor. The words of what has failed. Those of incidents from before are made by a job of the processor, a few at a
-- time; until then they are null.
ALTER TABLE incidents ADD COLUMN words tsvector;

CREATE FUNCTION note_incident_words() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    -- An outage that goes on is written again and again, mostly with what it failed with before.
    IF TG_OP = 'INSERT' OR NEW.words IS NULL
       OR (OLD.error_code, OLD.first_error, OLD.last_error)
          IS DISTINCT FROM (NEW.error_code, NEW.first_error, NEW.last_error)
    THEN
        NEW.words := search_words(NEW.org_id, concat_ws(' ', NEW.error_code, left(NEW.first_error, 1900),
                                                        left(NEW.last_error, 1900)));
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER words_noted BEFORE INSERT OR UPDATE OF error_code, first_error, last_error ON incidents
    FOR EACH ROW EXECUTE FUNCTION note_incident_words();

-- Without a list of what is yet to be sorted in, through which each search would go.
CREATE INDEX incidents_words_idx ON incidents USING gin (words) WITH (fastupdate = off) WHERE words IS NOT NULL;
CREATE INDEX incidents_wordless_idx ON incidents (id) WHERE words IS NULL;

-- Owner: user-service.
CREATE INDEX monitors_words_idx ON monitors USING gin (monitor_words(org_id, name, external_key, spec))
    WITH (fastupdate = off);
CREATE INDEX tags_words_idx ON tags USING gin (search_words(org_id, name)) WITH (fastupdate = off);
CREATE INDEX channels_words_idx ON channels USING gin (search_words(org_id, name)) WITH (fastupdate = off);
CREATE INDEX maintenance_windows_words_idx ON maintenance_windows USING gin (search_words(org_id, name))
    WITH (fastupdate = off);
CREATE INDEX status_pages_words_idx ON status_pages
    USING gin (search_words(org_id, title || ' ' || slug || ' ' || coalesce(host, ''))) WITH (fastupdate = off);
CREATE INDEX status_reports_words_idx ON status_reports USING gin (search_words(org_id, title)) WITH (fastupdate = off);
-- While these two are made, notes and updates wait: as long as there are many of them.
CREATE INDEX report_updates_words_idx ON report_updates USING gin (search_words(org_id, message)) WITH (fastupdate = off);
CREATE INDEX incident_notes_words_idx ON incident_notes USING gin (search_words(org_id, text)) WITH (fastupdate = off);
