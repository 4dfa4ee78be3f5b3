#!/usr/bin/env bash
# restore.sh FILE: a file of backup.sh into the database of DATABASE_URL, which must be empty: nothing is ever
# overwritten. All of it comes back, or nothing does. What was made after the backup is gone, but not everywhere:
# restored.sql sees to what can be seen to here, and `user-service restored`, which has to follow, to the rest.
set -euo pipefail
# shellcheck source=deploy/backup/connection.sh
source "$(dirname "$0")/connection.sh"

[ $# -eq 1 ] || { echo "usage: DATABASE_URL=... restore.sh FILE" >&2; exit 64; }
file=$1
[ -f "$file" ] || { echo "there is no file $file" >&2; exit 66; }
[ -f "$file.sha256" ] || { echo "there is no checksum $file.sha256" >&2; exit 66; }
expected=$(cut -d' ' -f1 "$file.sha256")
sum=$(sha256sum <"$file")
[ "${sum%% *}" = "$expected" ] || { echo "$file is damaged: its checksum is another" >&2; exit 65; }

tables=$(psql --no-psqlrc --tuples-only --no-align --dbname="$URL" \
    --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
[ "$tables" = 0 ] || { echo "the database is not empty: it has $tables tables" >&2; exit 73; }

pg_restore --dbname="$URL" --exit-on-error --single-transaction --no-owner --no-privileges "$file"
psql --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1 --dbname="$URL" --output=/dev/null \
    --file="$(dirname "$0")/restored.sql"
psql --no-psqlrc --quiet --dbname="$URL" --command=ANALYZE
psql --no-psqlrc --tuples-only --no-align --field-separator=' ' --dbname="$URL" --command="
    SELECT 'monitors', count(*) FROM monitors UNION ALL
    SELECT 'users', count(*) FROM users UNION ALL
    SELECT 'incidents', count(*) FROM incidents"
echo "$file is restored; run user-service restored before user-service starts"
