"""docs/OPERATIONS.md: what it names exists, and what exists is in it."""

import json
import re
import runpy

import pytest

import metrics
import settings
from project import ROOT, load, read

TEXT = read("docs/OPERATIONS.md")
ALERTS = {rule["alert"] for group in load("deploy/prometheus/rules/uptime.yml")["groups"] for rule in group["rules"]}
DASHBOARDS = [json.loads(path.read_text()) for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))]
HEADINGS = re.findall(r"^(#+) (.*)$", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL), re.MULTILINE)


def test_the_table_of_metrics_is_current():
    assert metrics.update(TEXT) == TEXT, "run python3 deploy/tests/metrics.py"


def test_every_metric_that_is_used_is_described_and_the_other_way_round():
    assert metrics.used() == set(metrics.described())


def test_metrics_that_are_mentioned_exist():
    names = set(re.findall(r"\buptime_[a-z_]+", TEXT))
    assert names - set(metrics.by_series()) - set(metrics.described()) == set()


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    start = TEXT.index("## Runbooks")
    section = TEXT[start : TEXT.index("\n## ", start + 1)]
    assert set(re.findall(r"^### (\w+)$", section, re.MULTILINE)) == ALERTS


def runbooks():
    """The text of each runbook."""
    start = TEXT.index("## Runbooks")
    section = TEXT[start : TEXT.index("\n## ", start + 1)]
    return dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", section, re.MULTILINE | re.DOTALL))


def code(folder):
    """The sources of a service, without tests."""
    return "\n".join(path.read_text().split("#[cfg(test)]")[0] for path in (ROOT / folder / "src").rglob("*.rs"))


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_a_runbook_says_what_is_seen_how_to_look_and_what_to_do(name):
    seen, rest = runbooks()[name].split("\n**Check.** ")
    check, remedy = rest.split("\n**Do.** ")
    assert len(seen.split()) >= 5 and len(remedy.split()) >= 5
    commands = re.findall(r"`((?:kubectl|kafka-[\w-]+\.sh|redis-cli|psql|chronyc|curl|df) [^`]+)`", check)
    assert commands or "[JobsFail]" in check or "*API" in check, "how does one look?"
    panels = {(d["title"].split(" / ")[-1].split(": ")[-1], panel["title"]) for d in DASHBOARDS for panel in d["panels"]}
    for dashboard, panel in re.findall(r"\*(\w+) → ([^*]+)\*", check + remedy):
        assert (dashboard, panel) in panels, f"{dashboard} has no panel {panel}"
    # What is to be looked for in a log is said there.
    for service, message in re.findall(r"-l app=([\w-]+)[^`]*grep '([^\"']+)'", check):
        assert message in code(service), f"{service} never says {message}"


def test_settings_that_are_mentioned_exist():
    files = [f"deploy/backup/{name}.sh" for name in ("backup", "offsite", "verify")]
    files += ["docker-compose.yml", "deploy/release/deploy.sh", *(f".github/workflows/{name}.yml" for name in ("release", "deploy"))]
    known = set(settings.everything()) | set(settings.variables_in("all-in-one/src/settings.rs")) | set(re.findall(r"\b[A-Z][A-Z0-9_]+", "".join(map(read, files))))
    mentioned = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`", TEXT))
    assert mentioned - known == set()


def test_files_that_are_named_exist():
    for path in re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT):
        assert (ROOT / "docs" / path).resolve().exists(), path
    for path in re.findall(r"`((?:deploy|k8s|scripts|docs|migrations)/[\w./-]+)`", TEXT):
        assert (ROOT / path).exists(), path


def test_links_within_lead_somewhere():
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for _, title in HEADINGS}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors


def test_the_sizing_table_is_what_the_arithmetic_says():
    capacity = runpy.run_path(str(ROOT / "deploy/capacity.py"))
    assert capacity["update"](TEXT) == TEXT, "run python3 deploy/capacity.py"


def test_the_arithmetic_goes_by_the_defaults():
    capacity = runpy.run_path(str(ROOT / "deploy/capacity.py"))
    installation = capacity["Installation"](1_000)
    defaults = {name: readers[0][1].default for name, readers in settings.everything().items()}
    assert str(installation.raw_days) == defaults["RETENTION_RAW_DAYS"]
    assert str(installation.hourly_days) == defaults["RETENTION_HOURLY_DAYS"]
    assert str(installation.partitions) == defaults["KAFKA_PARTITIONS"]
    assert str(capacity["IN_FLIGHT"]) == defaults["PROBE_MAX_IN_FLIGHT"] == defaults["PROBE_MAX_IN_FLIGHT_FAILING"]
    retention = re.search(r'"retention.ms", "(\d+)"', read("shared/src/kafka/topics.rs")).group(1)
    assert int(retention) == capacity["KAFKA_DAYS"] * 86_400_000
