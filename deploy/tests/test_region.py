"""The example of a further region: pingers as they are in the home region, and nothing else."""

import kubernetes_validate
import pytest

import settings
from project import containers, kind, name_of, overlay, pod_template, workloads
from test_kubernetes import VERSIONS, env_of

REGION = "k8s/examples/region"
PRODUCTION = "k8s/overlays/production"
# Redis and Kafka as in production, and user-service behind a proxy that speaks TLS.
PORTS_OF_HOME = {443, 6380, 9093}


def given(path, name):
    """What the containers of a deployment have in their environment."""
    objects = overlay(path)
    template = next(pod_template(item) for item in kind(objects, "Deployment") if item["metadata"]["name"] == name)
    environment = {}
    for container in containers(template):
        environment |= env_of(objects, template, container)
    return environment


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_its_schema(version):
    for item in overlay(REGION):
        kubernetes_validate.validate(item, version, strict=True)


def test_there_are_pingers_and_nothing_else():
    objects = overlay(REGION)
    assert [name_of(item) for item, _ in workloads(objects)] == ["Deployment/pinger"]
    for what in ("Service", "ServiceAccount", "PodDisruptionBudget"):
        assert {item["metadata"]["name"] for item in kind(objects, what)} == {"pinger"}, what
    maps = {item["metadata"]["name"].rsplit("-", 1)[0] for item in kind(objects, "ConfigMap")}
    assert maps == {"common", "kafka", "pinger"}
    assert kind(objects, "Secret", "Ingress", "Job", "CronJob") == []


def test_its_pods_are_those_of_the_home_region():
    def pod(path):
        (template,) = [pod_template(item) for item in kind(overlay(path), "Deployment") if item["metadata"]["name"] == "pinger"]
        shape = {what: value for what, value in template["spec"].items() if what not in ("containers", "initContainers")}
        # The names of config maps follow what is in them.
        return shape, [{what: value for what, value in container.items() if what != "envFrom"} for container in containers(template)]

    assert pod(REGION) == pod(PRODUCTION)


def test_it_is_given_what_it_knows_and_what_it_requires():
    objects = overlay(REGION)
    for item, template in workloads(objects):
        for container in containers(template):
            program = settings.program_of(container["image"], container.get("args", []))
            environment = env_of(objects, template, container)
            assert set(environment) - set(settings.of(program)) == set(), f"{name_of(item)}: nobody reads these"
            assert settings.required(program) - set(environment) == set(), f"{name_of(item)}: it does not start without these"


def test_it_is_a_further_region_of_the_same_installation():
    here, production = given(REGION, "pinger"), given(PRODUCTION, "pinger")
    home, *others = here["REGIONS"].split(",")
    assert here["REGION"] in others and here["REGION"] != home
    for shared in ("SHARDS", "KAFKA_BROKERS", "KAFKA_PARTITIONS", "KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM"):
        assert here[shared] == production[shared], shared
    assert here["USER_SERVICE_URL"].startswith("https://")
    # A lease outlasts several commands that take as long as they may.
    assert int(here["LEASE_TTL_MS"]) >= 3 * int(here["REDIS_COMMAND_TIMEOUT_MS"])


def test_nobody_reaches_it_and_it_reaches_what_it_needs():
    ways_home = []
    for policy in kind(overlay(REGION), "NetworkPolicy"):
        spec = policy["spec"]
        assert spec["podSelector"] in ({}, {"matchLabels": {"app": "pinger"}}), name_of(policy)
        for rule in spec.get("ingress", []):
            assert [peer["namespaceSelector"]["matchLabels"] for peer in rule["from"]] == [{"kubernetes.io/metadata.name": "monitoring"}]
        for rule in spec.get("egress", []) if policy["metadata"]["name"] != "dns" else []:
            for peer in rule["to"]:
                assert "podSelector" not in peer or "namespaceSelector" in peer, "nothing else of ours is in this cluster"
                if "ipBlock" in peer and "except" not in peer["ipBlock"]:
                    ways_home.append({port["port"] for port in rule["ports"]})
    assert ways_home == [PORTS_OF_HOME]
