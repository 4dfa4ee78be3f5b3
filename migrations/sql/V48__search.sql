-- Owner: user-service. What is searched (docs/adr/0055-search-looks-at-what-is-newest-first.md). The words of incidents, which
-- are the processor's and many, have migrations of their own (V50, V51): what waits for those waits for nothing of this.

-- Whoever writes to these tables would wait behind this for as long as somebody else does so: who applies it tries again.
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

-- Whoever reads goes on meanwhile; whoever writes to a table waits from its index on until all are made. So what there may be
-- a lot of comes first: new notes and updates wait as long as there are many of them, and the others for those few alone.
CREATE INDEX incident_notes_words_idx ON incident_notes USING gin (search_words(org_id, text)) WITH (fastupdate = off);
CREATE INDEX report_updates_words_idx ON report_updates USING gin (search_words(org_id, message)) WITH (fastupdate = off);
CREATE INDEX status_reports_words_idx ON status_reports USING gin (search_words(org_id, title)) WITH (fastupdate = off);
CREATE INDEX status_pages_words_idx ON status_pages
    USING gin (search_words(org_id, title || ' ' || slug || ' ' || coalesce(host, ''))) WITH (fastupdate = off);
CREATE INDEX maintenance_windows_words_idx ON maintenance_windows USING gin (search_words(org_id, name))
    WITH (fastupdate = off);
CREATE INDEX channels_words_idx ON channels USING gin (search_words(org_id, name)) WITH (fastupdate = off);
CREATE INDEX tags_words_idx ON tags USING gin (search_words(org_id, name)) WITH (fastupdate = off);
CREATE INDEX monitors_words_idx ON monitors USING gin (monitor_words(org_id, name, external_key, spec))
    WITH (fastupdate = off);
