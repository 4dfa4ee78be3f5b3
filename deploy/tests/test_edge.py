"""The way into production: the Gateway, and the Ingress in its place."""

import os
import shlex

import jsonschema
import json
import pytest
import yaml

from project import ROOT, SCHEMAS, kind, output_of, overlay

PRODUCTION = "k8s/overlays/production"


@pytest.fixture(scope="module")
def with_ingress(tmp_path_factory):
    """Production with the component that is the option."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("k8s", "deploy"):
        (folder / name).symlink_to(ROOT / name)
    # An overlay of somebody's own, beside ours.
    own = folder / "own"
    own.mkdir()
    kustomization = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": [os.path.relpath(ROOT / PRODUCTION, own.resolve())], "components": [os.path.relpath(ROOT / "k8s/ingress", own.resolve())]}
    (own / "kustomization.yaml").write_text(yaml.safe_dump(kustomization | {"namespace": "uptime"}))
    return [item for item in yaml.safe_load_all(output_of(*shlex.split(os.environ.get("KUSTOMIZE", "kubectl kustomize")), str(own))) if item]


def port_of_gateway(objects):
    (service,) = [item for item in kind(objects, "Service") if item["metadata"]["name"] == "gateway"]
    return {port["name"]: port["port"] for port in service["spec"]["ports"]}["http"]


def test_routes_lead_to_the_public_port_only():
    objects = overlay(PRODUCTION)
    (gateway,) = kind(objects, "Gateway")
    listeners = {listener["name"]: listener for listener in gateway["spec"]["listeners"]}
    for route in kind(objects, "HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            assert parent["name"] == gateway["metadata"]["name"] and parent["sectionName"] in listeners
        for rule in route["spec"]["rules"]:
            assert bool(rule.get("backendRefs")) != bool(rule.get("filters"))
            for backend in rule.get("backendRefs", []):
                assert backend == {"name": "gateway", "port": port_of_gateway(objects)}
    # Whatever is not by TLS is sent to where it is.
    assert listeners["http"]["protocol"] == "HTTP"
    (redirect,) = [route for route in kind(objects, "HTTPRoute") if route["spec"]["parentRefs"][0]["sectionName"] == "http"]
    assert redirect["spec"]["rules"][0]["filters"][0]["requestRedirect"]["scheme"] == "https"
    hosts = {listener["hostname"] for listener in listeners.values() if listener["protocol"] == "HTTPS"}
    assert all(set(route["spec"]["hostnames"]) == hosts for route in kind(objects, "HTTPRoute"))


def test_hosts_are_those_of_the_settings():
    objects = overlay(PRODUCTION)
    (settings,) = [item["data"] for item in kind(objects, "ConfigMap") if item["metadata"]["name"].startswith("gateway-")]
    (gateway,) = kind(objects, "Gateway")
    hosts = {f"https://{listener['hostname']}" for listener in gateway["spec"]["listeners"] if "hostname" in listener}
    assert hosts == {settings["PUBLIC_URL"], settings["PAGES_URL"]}


def test_live_updates_have_no_time_limit():
    (rule,) = [rule for route in kind(overlay(PRODUCTION), "HTTPRoute") for rule in route["spec"]["rules"] if "timeouts" in rule]
    assert rule["matches"] == [{"path": {"type": "Exact", "value": "/api/v1/stream"}}]
    assert rule["timeouts"] == {"request": "0s"}


def test_the_ingress_stands_in_its_place(with_ingress):
    assert kind(with_ingress, "Gateway", "HTTPRoute") == []
    (ingress,) = kind(with_ingress, "Ingress")
    rules = ingress["spec"]["rules"]
    for rule in rules:
        (path,) = rule["http"]["paths"]
        assert path["backend"]["service"] == {"name": "gateway", "port": {"name": "http"}}
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"] for rule in rules]
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    names = {}
    for policy in kind(with_ingress, "NetworkPolicy"):
        if policy["metadata"]["name"] in ("gateway-from-edge", "acme-solver"):
            ((peer,),) = [rule["from"] for rule in policy["spec"]["ingress"]]
            names[policy["metadata"]["name"]] = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    assert names == {"gateway-from-edge": "ingress-nginx", "acme-solver": "ingress-nginx"}


def test_schemas_refuse_what_the_server_would_drop():
    (gateway,) = kind(overlay(PRODUCTION), "Gateway")
    schema = json.loads((SCHEMAS / "Gateway.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(gateway | {"spec": gateway["spec"] | {"className": "envoy"}}, schema)
