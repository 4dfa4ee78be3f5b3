"""docs/OPERATIONS.md: what it names exists, and what exists is in it."""

import re
import runpy

import metrics
import settings
from project import ROOT, load, read

TEXT = read("docs/OPERATIONS.md")
ALERTS = {rule["alert"] for group in load("deploy/prometheus/rules/uptime.yml")["groups"] for rule in group["rules"]}
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
    for name in ALERTS:
        body = section.split(f"### {name}\n")[1].split("\n### ")[0]
        assert len(body.split()) >= 15, f"{name}: what is to be done?"


def test_settings_that_are_mentioned_exist():
    known = set(settings.everything()) | set(re.findall(r"\b[A-Z][A-Z0-9_]+", read("deploy/backup/backup.sh") + read("docker-compose.yml")))
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
