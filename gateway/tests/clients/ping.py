"""Jobs that tell how they fare with a client of PyPI: ping.py CLIENT PING_URL UUID"""

import sys

client, ping_url, uuid = sys.argv[1:]


def raises(error, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


def with_healthchecks_io():
    from healthchecks_io import BadAPIRequestError, CheckNotFoundError, CheckTrap, Client, NonUniqueSlugError

    with Client(ping_url=ping_url, ping_key="key") as told:
        assert told.start_ping(uuid=uuid) == (True, "OK")
        assert told.success_ping(uuid=uuid, data="12 files") == (True, "OK")
        assert told.fail_ping(uuid=uuid, data="no disk: \u00fc") == (True, "OK")
        assert told.exit_code_ping(0, uuid=uuid) == (True, "OK")
        assert told.exit_code_ping(137, uuid=uuid, data="killed") == (True, "OK")
        assert told.success_ping(slug="backup") == (True, "OK")

        with CheckTrap(told, slug="backup") as trap:
            trap.add_log("one")
            trap.add_log("two")

        def job():
            with CheckTrap(told, uuid=uuid):
                raise ValueError("no such table")

        raises(ValueError, job)

        raises(CheckNotFoundError, told.success_ping, slug="nobody")
        raises(NonUniqueSlugError, told.success_ping, slug="twins")
        raises(BadAPIRequestError, told.exit_code_ping, 256, uuid=uuid)


def with_healthchecks_decorator():
    from healthchecks_decorator import healthcheck

    @healthcheck(url=f"{ping_url}/{uuid}", send_start=True, send_diagnostics=True)
    def job():
        return {"files": 12}

    @healthcheck(url=f"{ping_url}/key/backup", send_start=True)
    def broken_job():
        raise ValueError

    assert job() == {"files": 12}
    raises(ValueError, broken_job)


def with_runchecked():
    from runchecked import HealthCheckedContext

    with HealthCheckedContext(f"{ping_url}/{uuid}") as context:
        assert context.run(["echo", "12 files"]) == 0
    with HealthCheckedContext(f"{ping_url}/{uuid}") as context:
        assert context.run(["sh", "-c", "echo no disk; exit 3"]) == 3


{
    "healthchecks-io": with_healthchecks_io,
    "healthchecks-decorator": with_healthchecks_decorator,
    "runchecked": with_runchecked,
}[client]()
