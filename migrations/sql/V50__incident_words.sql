-- Owner: processor. The words of what has failed, by which incidents are searched
-- (docs/adr/0055-search-looks-at-what-is-newest-first.md). Those of incidents from before are made by a job of the processor, a few
-- at a time; until then they are null. Nothing else is done here, while nobody can read incidents.

-- All who read incidents would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

CREATE FUNCTION note_incident_words() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    -- An outage that goes on is written again and again, each time perhaps with another error: its words are made when it ends.
    -- Until then the index has those with which it began, and its row changes without the index.
    IF TG_OP = 'INSERT' OR NEW.words IS NULL
       OR NEW.resolved_at IS NOT NULL
          AND (OLD.resolved_at IS NULL
               OR (OLD.error_code, OLD.first_error, OLD.last_error)
                  IS DISTINCT FROM (NEW.error_code, NEW.first_error, NEW.last_error))
    THEN
        NEW.words := search_words(NEW.org_id, concat_ws(' ', NEW.error_code, left(NEW.first_error, 1900),
                                                        left(NEW.last_error, 1900)));
    END IF;
    RETURN NEW;
END
$body$;

ALTER TABLE incidents ADD COLUMN words tsvector;
CREATE TRIGGER words_noted BEFORE INSERT OR UPDATE OF resolved_at, error_code, first_error, last_error ON incidents
    FOR EACH ROW EXECUTE FUNCTION note_incident_words();
