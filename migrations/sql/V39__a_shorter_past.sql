-- Owner: user-service. The order of alert routes is kept as a whole, what is a member's own goes with the member, and the
-- functions of the past look only where they are meant to. Of alert_events, which is the processor's, an index.

-- All who read these tables would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Owner: processor. Times of being degraded are known by their alerts alone. While it is made, steps of alerts wait on the log.
CREATE INDEX alert_events_degraded_idx ON alert_events (org_id, monitor_id, at) WHERE alert = 'degraded';

-- Of which own channels rows are kept.
CREATE INDEX past_rows_owner_idx ON past_rows (org_id, (was->>'owner_id'))
    WHERE relation = 'channels' AND was->>'owner_id' IS NOT NULL;

-- As before, but that a row of alert_routes is not kept for its position, and none of what is a member's own and goes with the
-- membership: channels, and the quiet hours that a later migration brings.
-- What it names is looked up in these schemas, whatever the search path of the statement is; temporary tables come last.
CREATE OR REPLACE FUNCTION keep_past_row() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    full_row  jsonb := CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    kept      jsonb := CASE WHEN TG_OP <> 'INSERT' THEN past_row(TG_TABLE_NAME, full_row) END;
    -- Of the default collation, as the index is: the name of the table has another one.
    relation_name text := TG_TABLE_NAME;
    key       text := concat_ws('/', full_row->>TG_ARGV[0], full_row->>TG_ARGV[1]);
    monitor   bigint := CASE TG_TABLE_NAME WHEN 'monitors' THEN full_row->>'id' ELSE full_row->>'monitor_id' END;
    org       bigint := full_row->>'org_id';
    -- The member whose own it is, of what is a member's own.
    owner     bigint := CASE TG_TABLE_NAME WHEN 'channels' THEN full_row->>'owner_id'
                                           WHEN 'member_quiet_hours' THEN full_row->>'user_id' END;
    ignored   text[] := CASE TG_TABLE_NAME WHEN 'alert_routes' THEN '{version,updated_at,position}'::text[]
                        ELSE '{version,updated_at}'::text[] END;
BEGIN
    IF TG_OP = 'UPDATE' AND kept - ignored = past_row(TG_TABLE_NAME, to_jsonb(NEW)) - ignored THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' AND owner IS NOT NULL
        AND NOT EXISTS (SELECT FROM memberships m WHERE m.org_id = org AND m.user_id = owner) THEN
        DELETE FROM past_rows p WHERE p.org_id = org AND p.relation = relation_name AND p.row_key = key;
        RETURN NULL;
    END IF;
    IF monitor IS NOT NULL THEN
        SELECT m.org_id INTO org FROM monitors m WHERE m.id = monitor;
    END IF;
    -- Who waited for another transaction began before that one, and comes after it.
    INSERT INTO past_rows (org_id, monitor_id, relation, row_key, until_at, was)
    SELECT o.id, monitor, relation_name, key, greatest(now(), (
               SELECT max(p.until_at) FROM past_rows p
               WHERE p.org_id = o.id AND p.relation = relation_name AND p.row_key = key)), kept
    FROM organisations o
    WHERE o.id = org AND NOT EXISTS (
        SELECT FROM organisation_deletions d WHERE d.org_id = o.id AND d.erasing_since IS NOT NULL);
    RETURN NULL;
END
$$;

-- Keeps in one row, of the relation `alert_route_order`, at which positions all routes of an organisation were before a
-- statement that has changed one of those: a row of each route would be a thousand where one route is put first.
CREATE FUNCTION keep_past_order() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO past_rows (org_id, relation, row_key, until_at, was)
    SELECT o.id, 'alert_route_order', o.id::text, greatest(now(), (
               SELECT max(p.until_at) FROM past_rows p
               WHERE p.org_id = o.id AND p.relation = 'alert_route_order' AND p.row_key = o.id::text)),
           (SELECT jsonb_object_agg(r.id::text, coalesce(b.position, r.position))
            FROM alert_routes r LEFT JOIN rows_before b ON b.id = r.id WHERE r.org_id = o.id)
    FROM organisations o
    WHERE o.id IN (SELECT b.org_id FROM rows_before b JOIN rows_after a ON a.id = b.id
                   WHERE a.position <> b.position)
      AND NOT EXISTS (
          SELECT FROM organisation_deletions d WHERE d.org_id = o.id AND d.erasing_since IS NOT NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER past_order_kept AFTER UPDATE ON alert_routes
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION keep_past_order();

-- Forgets what a member who leaves has had that was a member's own and is gone already. What goes now is forgotten as it goes, by
-- `keep_past_row`: what a foreign key removes is looked at after this. While an organisation is erased all of it goes anyway.
CREATE FUNCTION forget_past_of_member() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM past_rows p
    WHERE p.org_id = OLD.org_id
      AND (p.relation = 'channels' AND p.row_key = ANY(ARRAY(
               SELECT k.row_key FROM past_rows k
               WHERE k.org_id = OLD.org_id AND k.relation = 'channels' AND k.was->>'owner_id' = OLD.user_id::text))
           OR p.relation = 'member_quiet_hours' AND p.row_key = concat_ws('/', OLD.org_id, OLD.user_id))
      AND NOT EXISTS (
          SELECT FROM organisation_deletions d WHERE d.org_id = OLD.org_id AND d.erasing_since IS NOT NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER member_past_forgotten AFTER DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION forget_past_of_member();

-- Of those who have left already.
DELETE FROM past_rows p USING past_rows k
WHERE k.relation = 'channels' AND k.was->>'owner_id' IS NOT NULL
  AND NOT EXISTS (SELECT FROM memberships m
                  WHERE m.org_id = k.org_id AND m.user_id = (k.was->>'owner_id')::bigint)
  AND p.org_id = k.org_id AND p.relation = 'channels' AND p.row_key = k.row_key;

-- It is named in full, for it is called on the search path of whoever travels; a SET would keep it from being inlined.
CREATE OR REPLACE FUNCTION past.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.current_setting('past.at')::pg_catalog.timestamptz
$$;

-- As before, but for the positions of alert_routes.
CREATE OR REPLACE FUNCTION make_past_view(relation text) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $make$
DECLARE
    columns  text[] := ARRAY(SELECT attname::text FROM pg_attribute
                             WHERE attrelid = relation::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
    key      text := (SELECT string_agg(format('present.%I::text', a.attname), $$ || '/' || $$ ORDER BY k.n)
                      FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
                      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                      WHERE c.conrelid = relation::regclass AND c.contype = 'p');
    owned    text := CASE WHEN 'org_id' = ANY(columns) THEN $$present.org_id = current_setting('past.org')::bigint$$
                     ELSE $$present.monitor_id IN (SELECT m.id FROM monitors AS m
                                                   WHERE m.org_id = current_setting('past.org')::bigint)$$ END;
    changes  text := $$p.org_id = current_setting('past.org')::bigint AND p.relation = %L
                       AND p.until_at > current_setting('past.at')::timestamptz$$;
    changed  text := format(changes, relation);
    -- The first order of routes that was kept for longer than the instant; it is read once, and unpacked by `||`.
    ordered  text := format($$FROM past_rows AS p WHERE %s AND p.row_key = current_setting('past.org')
                              ORDER BY p.until_at, p.id LIMIT 1$$, format(changes, 'alert_route_order'));
    place    text := format($$((SELECT p.was || '{}'::jsonb %s)->>%%s.id::text)::integer$$, ordered);
    select_list   text;
    present_list  text;
BEGIN
    IF relation = 'monitors' THEN
        -- What was kept of it, and the rest as it is: a monitor that goes takes its past along. Who asks for one monitor goes
        -- by its id.
        SELECT string_agg(CASE WHEN past_row(relation, '{}') ? name AND name NOT IN ('id', 'org_id')
                          THEN format('CASE WHEN kept.id IS NULL THEN present.%1$I ELSE old.%1$I END AS %1$I', name)
                          ELSE format('present.%I', name) END, ', ' ORDER BY n)
        INTO select_list FROM unnest(columns) WITH ORDINALITY AS it (name, n);
        EXECUTE format($view$
            CREATE OR REPLACE VIEW past.monitors AS
            SELECT %1$s FROM monitors AS present
            LEFT JOIN LATERAL (
                SELECT p.id, p.was FROM past_rows AS p WHERE %2$s AND p.row_key = %3$s ORDER BY p.until_at, p.id LIMIT 1
            ) AS kept ON true
            CROSS JOIN LATERAL jsonb_populate_record(NULL::monitors, kept.was) AS old
            WHERE %4$s AND (kept.id IS NULL OR kept.was IS NOT NULL)
        $view$, select_list, changed, key, owned);
        RETURN;
    END IF;
    -- Who asks for what is one monitor's goes by that: a condition on `kept.monitor_id` is one on `past_rows`. Whether a present
    -- row was another is looked up row by row: as a join it may be planned as one of each with each. A route is where the first
    -- order that was kept has it; where that lacks it, because the route was removed before, and where the route was kept
    -- before, as before there were orders, it is where the route's own row has it.
    SELECT string_agg(CASE
               WHEN relation = 'alert_routes' AND name = 'position' THEN
                   format('CASE WHEN kept.until_at < (SELECT p.until_at %s) THEN old.position
                           ELSE coalesce(%s, old.position) END AS position', ordered, format(place, 'old'))
               WHEN name = 'monitor_id' THEN 'kept.monitor_id'
               ELSE format('old.%I', name) END, ', ' ORDER BY n),
           string_agg(CASE
               WHEN relation = 'alert_routes' AND name = 'position' THEN
                   format('coalesce(%s, present.position)', format(place, 'present'))
               ELSE format('present.%I', name) END, ', ' ORDER BY n)
    INTO select_list, present_list FROM unnest(columns) WITH ORDINALITY AS it (name, n);
    EXECUTE format($view$
        CREATE OR REPLACE VIEW past.%1$I AS
        SELECT %2$s FROM (
            SELECT DISTINCT ON (p.monitor_id, p.row_key) p.monitor_id, p.was, p.until_at FROM past_rows AS p WHERE %3$s
            ORDER BY p.monitor_id, p.row_key, p.until_at, p.id
        ) AS kept
        CROSS JOIN LATERAL jsonb_populate_record(NULL::%1$I, kept.was) AS old
        WHERE kept.was IS NOT NULL
        UNION ALL
        SELECT %4$s FROM %1$I AS present
        WHERE %5$s AND (SELECT p.id FROM past_rows AS p WHERE %3$s AND p.row_key = %6$s LIMIT 1) IS NULL
    $view$, relation, select_list, changed, present_list, owned, key);
END
$make$;

SELECT make_past_view('alert_routes');
