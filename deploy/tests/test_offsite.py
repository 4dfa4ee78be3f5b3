"""Backups on other storage: copied, kept, fetched, and restored to see that they come back."""

import hashlib
import os
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from project import ROOT, containers, kind, overlay, pod_template, read, run
from test_backup import SERVER, backup, databases, filled, psql  # noqa: F401 (fixtures)

SCRIPTS = ROOT / "deploy/backup"
# rclone's image has busybox's shell, which is near to dash.
SHELL = ["busybox", "sh"] if shutil.which("busybox") else ["sh"]
pytestmark = pytest.mark.skipif(not shutil.which("rclone"), reason="rclone is not here; scripts/deploy-tests.sh has it")


def stamped(age, at="021700"):
    """The name of a backup of so many days ago."""
    return f"uptime-{datetime.now(UTC) - timedelta(days=age):%Y%m%d}T{at}Z.dump"


def write(folder, name, text="a dump"):
    """A backup as backup.sh leaves it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / f"{name}.sha256").write_text(f"0  {name}\n")


def names(folder):
    """The backups in a folder, without their checksums."""
    return sorted(path.name for path in folder.glob("*.dump"))


@pytest.fixture
def offsite(tmp_path):
    """Runs the script with a folder in the place of a bucket, which is one of rclone's remotes."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()

    def call(what, **environment):
        given = {"PATH": os.environ["PATH"], "RCLONE_CONFIG": "/notfound", "BACKUP_DIR": str(tmp_path / "here"), "OFFSITE_TARGET": str(tmp_path / "there")}
        return run(*SHELL, str(SCRIPTS / "offsite.sh"), what, env=given | environment)

    call.here, call.there = tmp_path / "here", tmp_path / "there"
    return call


def test_a_backup_arrives_with_its_checksum_and_comes_back(offsite, tmp_path):
    write(offsite.here, stamped(0), "content")
    code, output = offsite("put")
    assert code == 0 and "7 bytes" in output, output
    assert names(offsite.there) == [stamped(0)] and (offsite.there / f"{stamped(0)}.sha256").exists()
    fetched = tmp_path / "fetched"
    code, output = offsite("get", BACKUP_DIR=str(fetched))
    assert code == 0, output
    assert (fetched / stamped(0)).read_text() == "content" and (fetched / f"{stamped(0)}.sha256").exists()


def test_what_could_not_be_copied_yesterday_is_copied_today(offsite):
    for age in (2, 1, 0):
        write(offsite.here, stamped(age))
    assert offsite("put")[0] == 0
    assert names(offsite.there) == [stamped(2), stamped(1), stamped(0)]
    # And again, which changes nothing.
    before = {path: path.stat().st_mtime_ns for path in offsite.there.iterdir()}
    assert offsite("put")[0] == 0
    assert {path: path.stat().st_mtime_ns for path in offsite.there.iterdir()} == before


def test_what_is_there_is_not_written_over(offsite):
    write(offsite.there, stamped(0), "what was backed up")
    write(offsite.here, stamped(0), "what somebody would have there")
    code, output = offsite("put")
    assert code != 0 and "immutable" in output, output
    assert (offsite.there / stamped(0)).read_text() == "what was backed up"


def test_old_ones_go_but_for_the_first_of_each_month(offsite):
    kept_by_month, days = {}, range(500, 40, -1)
    for age in days:
        write(offsite.there, stamped(age))
        kept_by_month.setdefault(stamped(age)[7:13], stamped(age))
    write(offsite.here, stamped(0))
    code, output = offsite("put", OFFSITE_KEEP_DAYS="35", OFFSITE_KEEP_MONTHS="3")
    assert code == 0, output
    now = datetime.now(UTC)
    first = now.year * 12 + now.month - 3
    expected = {name for month, name in kept_by_month.items() if int(month[:4]) * 12 + int(month[4:]) > first}
    assert set(names(offsite.there)) == expected | {stamped(0)}
    # No checksum without its backup.
    assert {path.name.removesuffix(".sha256") for path in offsite.there.glob("*.sha256")} == set(names(offsite.there))


def test_the_last_ones_stay_however_old_they_are(offsite):
    for age in (900, 800, 700, 600):
        write(offsite.there, stamped(age))
    write(offsite.here, stamped(500))
    code, output = offsite("put", OFFSITE_KEEP_DAYS="1000")
    assert code == 0, output
    code, output = offsite("put", OFFSITE_KEEP_DAYS="35", OFFSITE_KEEP_MONTHS="0")
    assert code == 0, output
    assert names(offsite.there) == [stamped(700), stamped(600), stamped(500)]


def test_a_key_that_may_not_delete_is_enough(offsite):
    write(offsite.there, stamped(900))
    write(offsite.here, stamped(0))
    assert offsite("put", OFFSITE_KEEP_DAYS="0", OFFSITE_KEEP_LEAST="1")[0] == 0
    assert names(offsite.there) == [stamped(900), stamped(0)]


def test_a_copy_that_was_broken_off_counts_for_nothing(offsite, tmp_path):
    write(offsite.there, stamped(1))
    (offsite.there / stamped(0)).write_text("half")
    code, output = offsite("get", BACKUP_DIR=str(tmp_path / "fetched"))
    assert code == 0, output
    assert names(tmp_path / "fetched") == [stamped(1)]


def test_what_was_broken_off_goes_when_it_is_old(offsite):
    write(offsite.there, stamped(900))
    for age in (800, 36, 34, 1):
        (offsite.there / stamped(age)).write_text("half")
    (offsite.there / "notes.dump").write_text("somebody else's")
    write(offsite.here, stamped(0))
    code, output = offsite("put")
    assert code == 0 and f"{stamped(36)}: removed" in output, output
    # It is none of the three that are kept however old they are, and takes the place of none.
    assert names(offsite.there) == ["notes.dump", stamped(900), stamped(34), stamped(1), stamped(0)]
    # Whoever leaves it to the bucket leaves this too.
    (offsite.there / stamped(800)).write_text("half")
    assert offsite("put", OFFSITE_KEEP_DAYS="0")[0] == 0
    assert stamped(800) in names(offsite.there)


@pytest.mark.parametrize(("what", "environment", "code", "says"), [
    ("put", {}, 66, "no backup in"),
    ("get", {}, 66, "no backup at"),
    ("put", {"OFFSITE_TARGET": ""}, 64, "OFFSITE_TARGET"),
    ("put", {"OFFSITE_KEEP_DAYS": "a month"}, 64, "OFFSITE_KEEP_DAYS"),
    ("put", {"OFFSITE_KEEP_LEAST": "0"}, 64, "OFFSITE_KEEP_LEAST"),
    ("put", {"BACKUP_DIR": "/nowhere"}, 66, "/nowhere"),
    ("look", {}, 64, "usage"),
])
def test_wrong_calls_say_what_is_wrong(offsite, what, environment, code, says):
    found, output = offsite(what, **environment)
    assert (found, says in output) == (code, True), output


def test_storage_that_is_away_is_a_failure(offsite):
    write(offsite.here, stamped(0))
    code, _ = offsite("put", OFFSITE_TARGET="/proc/1/nowhere/there")
    assert code != 0


def verify(folder, **environment):
    """Runs verify.sh as somebody whom PostgreSQL takes."""
    given = {"PATH": os.environ["PATH"], "BACKUP_DIR": str(folder), "VERIFY_DIR": str(folder / "work")}
    drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"] if os.getuid() == 0 else []
    return run(*drop, "bash", str(SCRIPTS / "verify.sh"), env=given | environment)


@pytest.mark.skipif(not SERVER, reason="TEST_DATABASE_URL is not set")
def test_a_backup_that_comes_back_is_good(filled, tmp_path):  # noqa: F811
    psql(filled, "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar, applied_on varchar, checksum varchar); INSERT INTO refinery_schema_history VALUES (1, 'accounts', '', '')")
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": filled, "BACKUP_DIR": str(tmp_path)}
    assert run("bash", str(SCRIPTS / "backup.sh"), env=environment)[0] == 0
    tmp_path.chmod(0o777)
    code, output = verify(tmp_path)
    assert code == 0 and "50 accounts, 1 migrations" in output, output
    # Nothing of it is left.
    assert [path.name for path in (tmp_path / "work").iterdir() if path.name != "log"] == []
    code, output = verify(tmp_path, VERIFY_USERS="51")
    assert code == 65 and "50 accounts" in output, output
    (file,) = tmp_path.glob("*.dump")
    file.chmod(0o666)
    file.write_bytes(file.read_bytes()[:-100])
    code, output = verify(tmp_path)
    assert code == 65 and "damaged" in output, output


def test_a_backup_that_is_too_old_is_found(tmp_path):
    code, output = verify(tmp_path)
    assert code == 66 and "no backup" in output, output
    write(tmp_path, stamped(3))
    code, output = verify(tmp_path)
    assert code == 75 and "hours old" in output, output
    assert verify(tmp_path, VERIFY_MAX_HOURS="0")[0] == 64


def test_the_backup_has_succeeded_only_when_it_is_elsewhere():
    jobs = {item["metadata"]["name"]: item for item in kind(overlay("k8s/overlays/production"), "CronJob")}
    steps = {name: [(c["name"], c["command"][1:]) for c in containers(pod_template(jobs[name]))] for name in ("backup", "restore-check")}
    assert steps == {
        "backup": [("dump", ["/scripts/backup.sh"]), ("offsite", ["/scripts/offsite.sh", "put"])],
        "restore-check": [("fetch", ["/scripts/offsite.sh", "get"]), ("verify", ["/scripts/verify.sh"])],
    }
    known = set(re.findall(r"^#?([A-Z_]+)=", read("deploy/backup/storage.env.example"), re.MULTILINE))
    script = read("deploy/backup/offsite.sh")
    for name in known:
        assert name in script or name.startswith("RCLONE_CONFIG_OFFSITE_"), f"nobody reads {name}"
    # The scripts that run are those that are mounted.
    (scripts,) = [item["data"] for item in kind(overlay("k8s/overlays/production"), "ConfigMap") if item["metadata"]["name"].startswith("backup-scripts-")]
    assert {"backup.sh", "connection.sh", "offsite.sh", "restore.sh", "restored.sql", "verify.sh"} == set(scripts)


# A PostgreSQL that is there in name only: what matters is what the script does with it, and with what it says.
SHIMS = {
    "initdb": 'while [ "$1" != -D ]; do shift; done; mkdir -p "$2"',
    "pg_ctl": 'while [ "$1" != -D ]; do shift; done; case "$*" in *stop*) rm "$2/postmaster.pid" ;; *) touch "$2/postmaster.pid" ;; esac',
    "pg_restore": '[ -z "$BROKEN" ]',
    "psql": 'case "$*" in *pg_tables*) echo 0 ;; *"FROM users"*) echo "${ACCOUNTS:-3}" ;; *refinery*) echo "${MIGRATIONS:-52}" ;; *pg_index*) echo "$INVALID" ;; esac',
}


@pytest.mark.parametrize(("said", "code", "words"), [
    ({}, 0, "3 accounts, 52 migrations"),
    ({"ACCOUNTS": "0"}, 65, "has 0 accounts"),
    ({"MIGRATIONS": "0"}, 65, "has no migrations"),
    ({"INVALID": "users_pkey"}, 65, "not valid: users_pkey"),
    ({"BROKEN": "yes"}, 1, ""),
])
def test_whatever_is_found_the_server_is_gone_afterwards(tmp_path, said, code, words):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, body in SHIMS.items():
        (tools / name).write_text(f'#!/bin/bash\necho "{name} $*" >>"{tmp_path}/asked"\n{body}\n')
        (tools / name).chmod(0o755)
    backups = tmp_path / "backups"
    write(backups, f"uptime-{datetime.now(UTC) - timedelta(hours=2):%Y%m%dT%H%M%SZ}.dump")
    (file,) = backups.glob("*.dump")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (backups / f"{file.name}.sha256").write_text(f"{digest}  {file.name}\n")
    work = tmp_path / "work"
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "BACKUP_DIR": str(backups), "VERIFY_DIR": str(work)}
    found, output = run("bash", str(SCRIPTS / "verify.sh"), env=environment | said)
    assert found == code and words in output, output
    asked = (tmp_path / "asked").read_text()
    # It is reached through a socket of its own, and by nobody else.
    assert "listen_addresses=''" in asked and f"unix_socket_directories='{work}'" in asked
    assert asked.count("immediate -w stop") == 1
    assert not (work / "data").exists()
    assert f"postgres://postgres@/restored?host={work}" in asked
