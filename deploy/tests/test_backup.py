"""Backup and restore, on a database with known content."""

import os
import re
import uuid
from urllib.parse import urlsplit, urlunsplit

import pytest

from project import ROOT, output_of, run

SERVER = os.environ.get("TEST_DATABASE_URL")
SCRIPTS = ROOT / "deploy/backup"
pytestmark = pytest.mark.skipif(not SERVER, reason="TEST_DATABASE_URL is not set")

CONTENT = """
    INSERT INTO organisations (name) VALUES ('Example'), ('Ünïcode & "quotes"');
    INSERT INTO users (email, name, password_hash) SELECT 'user' || n || '@example.org', 'User ' || n, 'hash' FROM generate_series(1, 50) n;
    INSERT INTO memberships (org_id, user_id, role) SELECT 1 + n % 2, n, 'owner' FROM generate_series(1, 50) n;
    INSERT INTO monitors (org_id, name, spec) SELECT 1 + n % 2, 'Monitor ' || n, jsonb_build_object('url', 'https://example.org/' || n) FROM generate_series(1, 200) n;
    INSERT INTO channels (org_id, name, kind, config) VALUES (1, 'Slack', 'slack', decode('00ff10fe', 'hex'));
    INSERT INTO outbox (monitor_id, payload) VALUES (7, '\\x7b7d');
    CREATE TABLE check_results_20261101 PARTITION OF check_results FOR VALUES FROM ('2026-11-01') TO ('2026-11-02');
    CREATE TABLE check_results_20261102 PARTITION OF check_results FOR VALUES FROM ('2026-11-02') TO ('2026-11-03');
    INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state, status_code, attempts, region)
        SELECT m, '2026-11-01 00:00Z'::timestamptz + s * interval '10 minutes', 1, 600000, 3, (m * s) % 500, 0, 200, 1, 'default'
        FROM generate_series(1, 50) m, generate_series(0, 287) s;
    INSERT INTO incidents (id, monitor_id, org_id, revision, started_at) VALUES ('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 7, 1, 1, '2026-11-01 12:00Z');
"""

# A digest of every row of every table, and the indexes.
DIGEST = """
    SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM %s t;', c.oid::regclass, c.oid::regclass)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY c.relname \\gexec
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname;
"""


def at(database):
    """The URL of a database of the test server."""
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{database}"))


def psql(url, sql):
    """Runs SQL; answers what it says."""
    return output_of("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "/dev/stdin", input=sql)


def script(name, *arguments, **environment):
    """Runs one of the scripts."""
    return run("bash", str(SCRIPTS / name), *arguments, env={"PATH": os.environ["PATH"], **environment})


@pytest.fixture
def databases():
    """A function that makes an empty database; all of them are gone afterwards."""
    made = []

    def create():
        made.append(f"backup_{uuid.uuid4().hex}")
        psql(SERVER, f"CREATE DATABASE {made[-1]}")
        return at(made[-1])

    yield create
    for name in made:
        psql(SERVER, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def filled(databases):
    """A database with the product's schema and known content."""
    url = databases()
    number = lambda path: int(re.match(r"V(\d+)__", path.name).group(1))
    for path in sorted((ROOT / "migrations/sql").glob("V*.sql"), key=number):
        # Each in a transaction, as user-service runs them.
        psql(url, f"BEGIN;\n{path.read_text()}\nCOMMIT;")
    psql(url, CONTENT)
    return url


@pytest.fixture
def backup(filled, tmp_path):
    """A backup of the known content."""
    code, output = script("backup.sh", DATABASE_URL=filled, BACKUP_DIR=str(tmp_path))
    assert code == 0, output
    (file,) = tmp_path.glob("*.dump")
    return file


def test_what_was_backed_up_comes_back_to_the_row(filled, backup, databases):
    assert psql(filled, "SELECT count(*) FROM check_results").strip() == "14400"
    before, url = psql(filled, DIGEST), databases()
    code, output = script("restore.sh", str(backup), DATABASE_URL=url)
    assert code == 0, output
    assert "monitors 200" in output
    # Versions that were given out after the backup are not given out again.
    for table in ("monitors", "channels", "organisations"):
        assert int(psql(url, f"SELECT min(version) FROM {table}")) > 1_000_000
        psql(url, f"UPDATE {table} SET version = 1")
    assert psql(url, DIGEST) == before
    # And the database works. What was made after the backup had ids that must not come again.
    assert psql(url, "INSERT INTO monitors (org_id, name, spec) VALUES (1, 'new', '{}') RETURNING id").strip() == "1000201"
    first = psql(url, "SELECT sequencename FROM pg_sequences WHERE last_value IS NULL OR last_value < 1000000")
    assert first.strip() == "", "identities that begin again"


def test_what_opened_accounts_when_it_was_backed_up_has_ended(filled, databases, tmp_path):
    psql(filled, "INSERT INTO sessions (user_id, org_id, token_hash, expires_at) VALUES (1, 1, 'stolen', now() + interval '1 day')")
    psql(filled, "INSERT INTO api_keys (org_id, created_by, name, prefix, hash, role) VALUES (2, 1, 'CI', 'upm_', 'stolen', 'viewer')")
    psql(filled, "INSERT INTO mailed_tokens (hash, purpose, user_id, email, expires_at) VALUES ('used', 'reset_password', 1, 'a@b.example', now() + interval '1 hour')")
    assert script("backup.sh", DATABASE_URL=filled, BACKUP_DIR=str(tmp_path))[0] == 0
    (file,), url = tmp_path.glob("*.dump"), databases()
    code, output = script("restore.sh", str(file), DATABASE_URL=url)
    assert code == 0, output
    for table in ("sessions", "api_keys", "mailed_tokens"):
        assert psql(url, f"SELECT count(*) FROM {table}").strip() == "0", table


def test_a_backup_is_for_its_owner_only_and_leaves_nothing_half_done(backup):
    assert backup.stat().st_mode & 0o077 == 0
    assert {path.name for path in backup.parent.iterdir()} == {backup.name, f"{backup.name}.sha256"}


def test_single_results_can_be_left_out(filled, tmp_path, databases):
    code, output = script("backup.sh", DATABASE_URL=filled, BACKUP_DIR=str(tmp_path), BACKUP_RAW="false")
    assert code == 0, output
    (file,) = tmp_path.glob("*.dump")
    url = databases()
    code, output = script("restore.sh", str(file), DATABASE_URL=url)
    assert code == 0, output
    assert psql(url, "SELECT count(*) FROM check_results").strip() == "0"
    assert psql(url, "SELECT count(*) FROM monitors").strip() == "200"
    # The partitions are there: results that come again from Kafka find their place.
    assert psql(url, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'check_results'::regclass").strip() == "2"


def test_a_damaged_file_is_refused(backup, databases):
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    url = databases()
    code, output = script("restore.sh", str(backup), DATABASE_URL=url)
    assert code == 65 and "damaged" in output
    assert psql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").strip() == "0"


def test_nothing_is_overwritten(filled, backup):
    before = psql(filled, DIGEST)
    code, output = script("restore.sh", str(backup), DATABASE_URL=filled)
    assert code == 73 and "not empty" in output
    assert psql(filled, DIGEST) == before


def test_a_failed_backup_leaves_nothing_and_removes_nothing(tmp_path):
    older = [tmp_path / f"uptime-2026110{day}T000000Z.dump" for day in range(1, 4)]
    for path in older:
        path.write_text("old")
    code, _ = script("backup.sh", DATABASE_URL="postgres://nobody@127.0.0.1:1/none", BACKUP_DIR=str(tmp_path), BACKUP_KEEP="1")
    assert code != 0
    assert sorted(tmp_path.iterdir()) == older


def test_the_oldest_go_first(filled, tmp_path):
    for day in range(1, 5):
        for suffix in ("dump", "dump.sha256"):
            (tmp_path / f"uptime-2025110{day}T000000Z.{suffix}").write_text("old")
    (tmp_path / "notes.txt").write_text("not a backup")
    code, output = script("backup.sh", DATABASE_URL=filled, BACKUP_DIR=str(tmp_path), BACKUP_KEEP="3")
    assert code == 0, output
    kept = sorted(path.name for path in tmp_path.glob("*.dump"))
    assert kept[:2] == ["uptime-20251103T000000Z.dump", "uptime-20251104T000000Z.dump"] and len(kept) == 3
    assert (tmp_path / "notes.txt").exists()
    assert not (tmp_path / "uptime-20251101T000000Z.dump.sha256").exists()


def test_the_password_is_not_among_the_arguments(tmp_path):
    show = tmp_path / "pg_dump"
    show.write_text('#!/bin/sh\necho "arguments: $*"; echo "password: $PGPASSWORD"; exit 1\n')
    show.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DATABASE_URL": "postgres://uptime:s%40cret%2F1@h:5432/uptime?sslmode=require", "BACKUP_DIR": str(tmp_path)}
    _, output = run("bash", str(SCRIPTS / "backup.sh"), env=environment)
    assert "postgres://uptime@h:5432/uptime?sslmode=require" in output
    assert "password: s@cret/1" in output
    assert "s%40cret" not in output


def test_wrong_calls_say_what_is_wrong(tmp_path):
    for arguments, environment, code in [
        ([], {"DATABASE_URL": "postgres://h/d"}, 64),
        ([str(tmp_path / "none.dump")], {"DATABASE_URL": "postgres://h/d"}, 66),
    ]:
        assert script("restore.sh", *arguments, **environment)[0] == code
    assert script("backup.sh", BACKUP_DIR=str(tmp_path))[0] != 0
    assert script("backup.sh", DATABASE_URL="postgres://h/d", BACKUP_DIR=str(tmp_path), BACKUP_KEEP="0")[0] == 64
    assert script("backup.sh", DATABASE_URL="postgres://h/d", BACKUP_DIR=str(tmp_path / "none"))[0] == 66
