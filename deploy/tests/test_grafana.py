"""Grafana's dashboards and provisioning."""

import json
import re

import pytest
import yaml

import metrics
from project import ROOT, load, run

FOLDER = ROOT / "deploy/grafana/dashboards"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
QUERIES = [
    pytest.param(target["expr"], id=f"{name}-{panel['title']}-{target['refId']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel.get("targets", [])
]


def test_the_dashboards_are_those_that_were_promised():
    assert set(DASHBOARDS) == {"pipeline", "checks", "alerts", "api", "business"}


def test_the_files_are_current(tmp_path):
    code, output = run("python3", "deploy/grafana/build.py", str(tmp_path), cwd=ROOT)
    assert code == 0, output
    for path in FOLDER.glob("*.json"):
        assert (tmp_path / path.name).read_text() == path.read_text(), "run deploy/grafana/build.py"


@pytest.mark.parametrize("expression", QUERIES)
def test_a_query_knows_its_metrics(expression):
    assert metrics.problems(expression) == []


def test_promtool_understands_every_query(tmp_path):
    rules = [{"record": f"query:{number}", "expr": query.values[0].replace("$__rate_interval", "5m")} for number, query in enumerate(QUERIES)]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    code, output = run("promtool", "check", "rules", str(path))
    assert code == 0, output


def test_every_metric_is_seen_somewhere():
    shown = " ".join(query.values[0] for query in QUERIES)
    names = {metrics.by_series()[name].name for name in re.findall(r"\buptime_\w+", shown)}
    assert set(metrics.described()) - names == set(), "show them in deploy/grafana/build.py"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_laid_out(name):
    dashboard = DASHBOARDS[name]
    assert dashboard["uid"] == f"uptime-{name}"
    cells = set()
    identities = [panel["id"] for panel in dashboard["panels"]]
    assert len(identities) == len(set(identities))
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        own = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not own & cells, f"{panel['title']} covers another panel"
        cells |= own
        if panel["type"] != "row":
            assert panel["title"] and panel["description"] and panel["targets"]
            assert panel["datasource"]["uid"] == "prometheus"


def test_provisioning_fits_what_is_mounted():
    (source,) = load("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"]
    assert source["uid"] == "prometheus" and source["url"] == "http://prometheus:9090"
    (provider,) = load("deploy/grafana/provisioning/dashboards/uptime.yml")["providers"]
    mounts = dict(volume.split(":")[:2] for volume in load("docker-compose.yml")["services"]["grafana"]["volumes"])
    assert mounts["./deploy/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
