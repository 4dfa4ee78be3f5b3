"""The scrapes that the test e2e/tests/metrics.rs has left, as promtool sees them."""

import re
import subprocess

import pytest

from project import ROOT

SCRAPES = sorted((ROOT / "target/scrapes").glob("*.prom"))
# Names that were asked for, though Prometheus would call them otherwise.
GIVEN = re.compile(r"^(uptime_active_(monitors|users)_total non-counter metrics should not have|uptime_website_ssl_expiry_days use base unit)")


@pytest.mark.skipif(not SCRAPES, reason="make test leaves scrapes; there are none")
@pytest.mark.parametrize("path", SCRAPES, ids=lambda path: path.stem)
def test_promtool_finds_nothing_wrong(path):
    done = subprocess.run(["promtool", "check", "metrics"], stdin=path.open(), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr  # 3: it would call something otherwise
    assert [line for line in done.stderr.splitlines() if not GIVEN.match(line)] == []
