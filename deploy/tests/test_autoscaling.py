"""The autoscalers of production come to the numbers of pods that docs/OPERATIONS.md says."""

import runpy
from math import ceil

import pytest

from project import ROOT, kind, overlay, pod_template

CAPACITY = runpy.run_path(str(ROOT / "deploy/capacity.py"))
OBJECTS = overlay("k8s/overlays/production")
SIZES = [10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000]


def cpus(text):
    """A quantity of CPU."""
    text = str(text)
    return int(text[:-1]) / 1_000 if text.endswith("m") else float(text)


def scaler(name):
    """What scales a deployment."""
    (found,) = [item["spec"] for item in kind(OBJECTS, "HorizontalPodAutoscaler", "ScaledObject") if item["spec"]["scaleTargetRef"]["name"] == name]
    return found


def target(name):
    """How many CPUs a pod may use before there is another one."""
    (metric,) = scaler(name)["metrics"]
    assert metric["resource"]["name"] == "cpu" and metric["resource"]["target"]["type"] == "AverageValue"
    return cpus(metric["resource"]["target"]["averageValue"])


def resources(name):
    """Of the pods of a deployment."""
    (found,) = [pod_template(item) for item in kind(OBJECTS, "Deployment") if item["metadata"]["name"] == name]
    return found["spec"]["containers"][0]["resources"]


def lag(name):
    """How many unread records a pod may have before there is another one."""
    (trigger,) = scaler(name)["triggers"]
    return int(trigger["metadata"]["lagThreshold"])


@pytest.mark.parametrize("monitors", SIZES)
def test_there_are_as_many_pingers_as_the_arithmetic_says(monitors):
    installation, spec = CAPACITY["Installation"](monitors), scaler("pinger")
    pods = max(spec["minReplicas"], ceil(installation.pinger_cpus / target("pinger")))
    assert pods == installation.pingers <= spec["maxReplicas"]


@pytest.mark.parametrize("name", ["pinger", "gateway"])
def test_a_pod_at_its_target_uses_what_it_requests_and_has_as_much_again(name):
    assert target(name) == cpus(resources(name)["requests"]["cpu"])
    assert cpus(resources(name)["limits"]["cpu"]) == 2 * target(name)


def test_pingers_are_of_the_size_that_is_counted_with():
    assert cpus(resources("pinger")["limits"]["cpu"]) == CAPACITY["PINGER_CPUS"]
    assert target("pinger") == CAPACITY["PINGER_CPUS"] * CAPACITY["PINGER_USE"]


def test_processors_and_alerters_grow_by_seconds_of_work():
    assert 1.5 <= lag("processor") / CAPACITY["PROCESSOR"] <= 2
    assert lag("alerter") <= 2 * CAPACITY["ALERTER"]
    # And before the alert: it is late by a minute.
    assert lag("alerter") <= 60 * CAPACITY["Installation"](100_000).rate
    # A million monitors do not look like a backlog between two commits.
    assert lag("alerter") >= 5 * CAPACITY["Installation"](1_000_000).rate


@pytest.mark.parametrize("monitors", SIZES)
def test_there_is_room_for_the_processors(monitors):
    spec = scaler("processor")
    assert spec["minReplicaCount"] <= max(2, CAPACITY["Installation"](monitors).processors) <= spec["maxReplicaCount"]


def test_nothing_shrinks_because_kafka_is_not_asked():
    for item in kind(OBJECTS, "ScaledObject"):
        spec = item["spec"]
        assert spec["fallback"]["behavior"] == "currentReplicasIfHigher"
        assert spec["fallback"]["replicas"] == spec["minReplicaCount"] >= 2
