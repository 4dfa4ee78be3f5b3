-- Owner: processor. When an incident was written as over: what an answer as of an earlier instant goes by
-- (docs/adr/0050-an-earlier-answer-is-made-of-what-was-written-by-then.md).

-- All who read the table would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Its end (`resolved_at`) is the first of the results that confirm it, and lies before. Null while it is open, and of those that
-- were over before this was kept.
ALTER TABLE incidents ADD COLUMN closed_at timestamptz;

-- A trigger, so that no statement can forget it, those of an earlier release that still runs included.
CREATE FUNCTION note_incident_closed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.resolved_at IS NULL THEN
        NEW.closed_at := NULL;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.closed_at := coalesce(NEW.closed_at, now());
    ELSIF OLD.resolved_at IS NULL THEN
        NEW.closed_at := now();
    ELSIF NEW.closed_at < NEW.resolved_at THEN
        -- A rebuild has moved the end. It was shown as over since it first was, but not before the end that it has now.
        NEW.closed_at := NEW.resolved_at;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER closed_noted BEFORE INSERT OR UPDATE OF resolved_at ON incidents
    FOR EACH ROW EXECUTE FUNCTION note_incident_closed();
