"""Prometheus: its configuration, the rules and their tests; Alertmanager."""

import copy
import re

import pytest

import metrics
from project import ROOT, SERVICES, load, name_of, overlay, kind, output_of, read, run

RULES = [rule for group in load("deploy/prometheus/rules/uptime.yml")["groups"] for rule in group["rules"]]
TESTS = ["deploy/prometheus/tests/uptime_test.yml", "deploy/prometheus/tests/firing_test.yml", "deploy/prometheus/tests/backups_test.yml"]
ALERTS = [rule["alert"] for rule in RULES]


def test_the_configuration_and_the_rules_are_valid():
    for command in (["check", "config", "deploy/prometheus/prometheus.yml"], ["check", "rules", "deploy/prometheus/rules/uptime.yml"]):
        code, output = run("promtool", *command, cwd=ROOT)
        assert code == 0, output


def test_the_rules_fire_when_they_should():
    code, output = run("promtool", "test", "rules", *TESTS, cwd=ROOT)
    assert code == 0, output


def test_each_alert_is_seen_to_fire():
    seen = set()
    for path in TESTS:
        for test in load(path)["tests"]:
            seen |= {case["alertname"] for case in test.get("alert_rule_test", []) if case.get("exp_alerts")}
            for case in test.get("promql_expr_test", []):
                seen |= {name for sample in case["exp_samples"] for name in re.findall(r'alertname="(\w+)"', sample["labels"])}
    assert set(ALERTS) - seen == set()


@pytest.mark.parametrize("rule", RULES, ids=ALERTS)
def test_a_rule_knows_its_metrics_and_says_what_to_do(rule):
    assert metrics.problems(rule["expr"]) == []
    # What always fires is no alert that anybody is to hear of.
    assert rule["labels"]["severity"] in (("none",) if rule["alert"] == "Watchdog" else ("critical", "warning"))
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    anchor = rule["annotations"]["runbook_url"].split("docs/OPERATIONS.md#")[1]
    assert anchor == rule["alert"].lower()
    for label in re.findall(r"\$labels\.(\w+)", str(rule["annotations"])):
        assert re.search(rf"\b{label}\b", rule["expr"]) or label in metrics.TARGET_LABELS


def test_the_watchdog_is_sent_each_minute():
    def seconds(text):
        number, unit = re.fullmatch(r"(\d+)([sm])", text).groups()
        return int(number) * {"s": 1, "m": 60}[unit]

    (ours,) = [route for route in load("deploy/alertmanager/alertmanager.yml")["route"]["routes"] if "Watchdog" in str(route)]
    (config,) = kind(overlay("k8s/overlays/production"), "AlertmanagerConfig")
    (theirs,) = [route for route in config["spec"]["route"]["routes"] if "Watchdog" in str(route)]
    for every, again in ((ours["group_interval"], ours["repeat_interval"]), (theirs["groupInterval"], theirs["repeatInterval"])):
        # What is due goes with the next look at its group, and is not due yet at a look exactly that much later.
        looks = seconds(again) // seconds(every) + 1
        assert looks * seconds(every) == 60


def test_alerts_have_names_of_their_own():
    assert len(ALERTS) == len(set(ALERTS))


def test_every_service_is_scraped_where_it_serves_metrics():
    jobs = {job["job_name"]: job["dns_sd_configs"][0] for job in load("deploy/prometheus/prometheus.yml")["scrape_configs"]}
    compose = load("docker-compose.yml")["services"]
    assert set(jobs) == set(SERVICES)
    for name, discovery in jobs.items():
        environment = compose[name]["environment"]
        address = environment.get("OPS_ADDR", environment["HTTP_ADDR"])
        assert discovery["names"] == [other for other, service in compose.items() if service["image"] == compose[name]["image"]]
        assert address == f"0.0.0.0:{discovery['port']}"
        assert set(compose["prometheus"]["networks"]) & set(compose[name]["networks"])


def test_the_rule_object_of_production_is_current():
    rendered = output_of("bash", "deploy/prometheus/sync.sh", "-", cwd=ROOT)
    assert read("k8s/overlays/production/monitoring/prometheus-rule.yaml") == rendered, "run deploy/prometheus/sync.sh"
    (item,) = kind(overlay("k8s/overlays/production"), "PrometheusRule")
    groups = copy.deepcopy(item["spec"]["groups"])
    for rule in (rule for group in groups for rule in group["rules"]):
        # Without it an AlertmanagerConfig of the namespace does not see what a sum has left.
        assert rule["labels"].pop("namespace") == item["metadata"]["namespace"]
    assert groups == load("deploy/prometheus/rules/uptime.yml")["groups"], name_of(item)


def test_alertmanager_of_production_has_the_same_routes():
    rendered = output_of("python3", "deploy/prometheus/alertmanager_config.py", cwd=ROOT)
    assert read("k8s/overlays/production/monitoring/alertmanager-config.yaml") == rendered, "run deploy/prometheus/sync.sh"
    (item,) = kind(overlay("k8s/overlays/production"), "AlertmanagerConfig")

    def words(matchers):
        return [f'{matcher["name"]}{matcher.get("matchType", "=")}"{matcher["value"]}"' for matcher in matchers]

    own = load("deploy/alertmanager/alertmanager.yml")
    rules = [{"source_matchers": words(rule["sourceMatch"]), "target_matchers": words(rule["targetMatch"])} | ({"equal": rule["equal"]} if "equal" in rule else {}) for rule in item["spec"]["inhibitRules"]]
    assert rules == own["inhibit_rules"]
    slack = {receiver["name"]: receiver for receiver in own["receivers"]}["slack"]["slack_configs"][0]
    (there,) = {receiver["name"]: receiver for receiver in item["spec"]["receivers"]}["slack"]["slackConfigs"]
    assert (there["title"], there["text"]) == (slack["title"], slack["text"])


def test_the_operator_selects_everything_by_one_label():
    for item in kind(overlay("k8s/overlays/production"), "ServiceMonitor", "PrometheusRule", "AlertmanagerConfig"):
        assert item["metadata"]["labels"]["release"] == "kube-prometheus-stack", name_of(item)
        assert "release" not in str(item["spec"].get("selector", "")), name_of(item)
    assert read("k8s/overlays/production/monitoring/kustomization.yaml").count("kube-prometheus-stack}") == 1


def test_every_dashboard_is_in_a_config_map_that_grafana_finds():
    found = {}
    for item in kind(overlay("k8s/overlays/production"), "ConfigMap"):
        if item["metadata"].get("labels", {}).get("grafana_dashboard") == "1":
            found |= item["data"]
    assert found == {path.name: path.read_text() for path in (ROOT / "deploy/grafana/dashboards").glob("*.json")}


def test_alertmanager_is_valid_and_knows_the_alerts_that_it_inhibits():
    code, output = run("amtool", "check-config", "deploy/alertmanager/alertmanager.yml", cwd=ROOT)
    assert code == 0, output
    for rule in load("deploy/alertmanager/alertmanager.yml")["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            label, names = re.fullmatch(r'(\w+)=~?"(.*)"', matcher).groups()
            if label == "alertname":
                assert set(names.split("|")) <= set(ALERTS)
