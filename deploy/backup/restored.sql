-- What was given out or ended after the backup, and is known outside of the database: run once on a database that was
-- restored, by restore.sh, or by hand after a recovery to a point in time. `user-service restored` follows.
BEGIN;
-- Ids: Kafka has records of what was made after the backup, and access tokens name its users for an hour.
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + 1000000)
FROM pg_sequences WHERE schemaname = 'public';
-- Versions: whoever has seen a later state must not overwrite this one with it (If-Match). Nobody knows how far they
-- had come; rows are not changed once a minute ever since 1970. Of all tables that have such a column: it begins
-- at a default, which the numbers of definitions that are kept, and of migrations, do not have.
DO $$
DECLARE
    one text;
BEGIN
    FOR one IN
        SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND a.attname = 'version' AND a.atthasdef
        ORDER BY 1
    LOOP
        EXECUTE format(
            'UPDATE public.%I SET version = greatest(version + 1, extract(epoch FROM now())::bigint / 60)', one);
    END LOOP;
END
$$;
-- API keys: one that was revoked would open everything again, and nobody knows which.
DELETE FROM api_keys;
-- What mails have promised: links that were used or withdrawn would work again. Whoever is waiting asks once more.
DELETE FROM mails;
DELETE FROM mailed_tokens;
DELETE FROM member_invitations;
-- Logins: one that was ended, or whose token was stolen and therefore exchanged, would be good again.
DELETE FROM sessions;
COMMIT;
