"""What `kubectl apply -k` does a second time, and what `kubectl delete -k` takes."""

import os
import re
import shlex
import shutil

import pytest
import yaml

import settings
from project import OVERLAYS, ROOT, containers, kind, name_of, output_of, overlay, pod_template, read, workloads

WHOLE = OVERLAYS[1:]
# Objects that hold what cannot be made again, or would take it with them.
KEPT = {"Namespace", "PersistentVolumeClaim", "PersistentVolume"}


@pytest.fixture
def checkout(tmp_path):
    """A copy of what is rendered, to be changed; answers a function that renders one of its folders."""
    for folder in ("k8s", "deploy"):
        shutil.copytree(ROOT / folder, tmp_path / folder)

    def render(path):
        command = shlex.split(os.environ.get("KUSTOMIZE", "kubectl kustomize"))
        return [item for item in yaml.safe_load_all(output_of(*command, str(tmp_path / path))) if item]

    render.root = tmp_path
    return render


def change(checkout, path, old, new):
    """Replaces a text that is there."""
    file = checkout.root / path
    text = file.read_text()
    assert old in text, f"{path} does not say {old}"
    file.write_text(text.replace(old, new))


def jobs(objects):
    """The Jobs by their name."""
    return {item["metadata"]["name"]: item for item in kind(objects, "Job")}


def stems(names):
    """Their names without the digest."""
    return {re.sub(r"-[a-z0-9]{10}$", "", name) for name in names}


@pytest.mark.parametrize("path", WHOLE)
def test_a_job_has_a_name_of_its_own_and_stays(path):
    objects = overlay(path)
    assert stems(jobs(objects)) == {"migrate", "topics"}
    maps = {item["metadata"]["name"]: item["data"] for item in kind(objects, "ConfigMap")}
    for name, job in jobs(objects).items():
        (container,) = containers(pod_template(job))
        # Everything that it is made of is in the map that gives it its name.
        assert maps[name]["jobs.yaml"] == read("k8s/base/jobs.yaml")
        assert maps[name]["IMAGE"] == container["image"]
        assert "envFrom" not in container and "volumes" not in pod_template(job)["spec"]
        for entry in container["env"]:
            source = entry["valueFrom"]
            assert source.get("configMapKeyRef", {}).get("name") == name or source["secretKeyRef"]["name"] == "uptime-secrets", entry
        # A finished Job that went away would be a difference between what is applied and what is there.
        assert "ttlSecondsAfterFinished" not in job["spec"]


@pytest.mark.parametrize("path", WHOLE)
def test_a_job_can_be_given_whatever_its_program_reads(path):
    for job in kind(overlay(path), "Job"):
        (container,) = containers(pod_template(job))
        assert {entry["name"] for entry in container["env"]} == set(settings.of(container["args"][0])), name_of(job)


@pytest.mark.parametrize("path", WHOLE)
def test_topics_are_made_as_the_services_know_them(path):
    maps = {re.sub(r"-[a-z0-9]{10}$", "", item["metadata"]["name"]): item["data"] for item in kind(overlay(path), "ConfigMap")}
    assert {name: value for name, value in maps["topics"].items() if name.startswith("KAFKA_")} == maps["kafka"]


@pytest.mark.parametrize("path", WHOLE)
def test_applying_the_same_again_changes_nothing(checkout, path):
    assert checkout(path) == overlay(path)


CHANGES = {
    "another release": ("k8s/overlays/production", "k8s/released/kustomization.yaml", "VERSION=0.1.0", "VERSION=0.2.0", {"migrate", "topics"}),
    "another registry": ("k8s/overlays/production", "k8s/released/kustomization.yaml", "ghcr.io/uptime-monitor", "registry.example.com:5000/acme", {"migrate", "topics"}),
    "the log level": ("k8s/overlays/production", "k8s/base/kustomization.yaml", "literals: [LOG_LEVEL=info, LOG_FORMAT=json]", "literals: [LOG_LEVEL=debug, LOG_FORMAT=json]", set()),
    "the log level of a Job": ("k8s/overlays/local", "k8s/base/kustomization.yaml", "IMAGE=, LOG_LEVEL=info", "IMAGE=, LOG_LEVEL=debug", {"migrate", "topics"}),
    "brokers": ("k8s/overlays/production", "k8s/overlays/production/kafka.env", "kafka-2.example.com", "kafka-3.example.com", {"topics"}),
    "brokers of the local overlay": ("k8s/overlays/local", "k8s/base/kafka.env", "KAFKA_REPLICATION=1", "KAFKA_REPLICATION=2", {"topics"}),
    "a password": ("k8s/overlays/local", "k8s/overlays/local/secrets.env", "REDIS_PASSWORD=local-overlay-only", "REDIS_PASSWORD=another", set()),
    "what a Job may take": ("k8s/overlays/local", "k8s/base/jobs.yaml", "memory: 128Mi", "memory: 256Mi", {"migrate", "topics"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_job_is_another_one(checkout, name):
    path, file, old, new, others = CHANGES[name]
    before = jobs(overlay(path))
    change(checkout, file, old, new)
    after = jobs(checkout(path))
    for job in set(before) & set(after):
        assert before[job] == after[job], f"{job} would be changed in place, which the API server refuses"
    assert stems(set(after) - set(before)) == others
    assert stems(after) == {"migrate", "topics"}


def test_going_back_finds_the_job_that_was(checkout):
    before = checkout("k8s/overlays/production")
    change(checkout, "k8s/released/kustomization.yaml", "VERSION=0.1.0", "VERSION=0.2.0")
    assert checkout("k8s/overlays/production") != before
    change(checkout, "k8s/released/kustomization.yaml", "VERSION=0.2.0", "VERSION=0.1.0")
    assert checkout("k8s/overlays/production") == before


def test_registry_and_release_are_said_once(checkout):
    change(checkout, "k8s/released/kustomization.yaml", "REGISTRY=ghcr.io/uptime-monitor", "REGISTRY=registry.example.com:5000/acme")
    change(checkout, "k8s/released/kustomization.yaml", "VERSION=0.1.0", "VERSION=9.8.7")
    for path in ("k8s/overlays/production", "k8s/examples/region"):
        ours = [container for _, template in workloads(checkout(path)) for container in containers(template) if "/" in container["image"] and not container["image"].startswith("rclone/")]
        assert ours
        for container in ours:
            assert re.fullmatch(r"registry\.example\.com:5000/acme/[a-z-]+:9\.8\.7", container["image"]), container["image"]
            assert container["imagePullPolicy"] == "IfNotPresent"


def test_the_local_overlay_pulls_nothing_of_ours():
    for _, template in workloads(overlay("k8s/overlays/local")):
        for container in containers(template):
            if container["image"].startswith("uptime/"):
                assert container["image"].endswith(":dev") and container["imagePullPolicy"] == "Never"


@pytest.mark.parametrize("path", [*OVERLAYS, "k8s/examples/region"])
def test_deleting_takes_nothing_that_cannot_be_made_again(path):
    objects = overlay(path)
    assert [name_of(item) for item in kind(objects, *KEPT)] == []
    # Volumes of a StatefulSet stay when it goes.
    for item in kind(objects, "StatefulSet"):
        assert item["spec"].get("persistentVolumeClaimRetentionPolicy", {}).get("whenDeleted", "Retain") == "Retain", name_of(item)
    assert path != "k8s/overlays/production" or "uptime-secrets" not in {item["metadata"]["name"] for item in kind(objects, "Secret")}


@pytest.mark.parametrize("path", ["k8s/namespace", "k8s/overlays/production/kept"])
def test_what_is_kept_is_not_pruned_either(path):
    kept = overlay(path)
    assert {item["kind"] for item in kept} <= KEPT
    for item in kept:
        annotations = item["metadata"]["annotations"]
        assert annotations["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false", name_of(item)
        assert annotations["kustomize.toolkit.fluxcd.io/prune"] == "disabled", name_of(item)


def test_the_namespace_is_made_first_and_by_itself():
    (namespace,) = overlay("k8s/namespace")
    assert namespace["kind"] == "Namespace"
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for path in [*OVERLAYS, "k8s/examples/region"]:
        assert {item["metadata"]["namespace"] for item in overlay(path)} == {namespace["metadata"]["name"]}
    # Whoever is told to apply an overlay is told of the namespace before.
    for text in (read("docs/OPERATIONS.md"), read("k8s/overlays/local/kustomization.yaml"), read("k8s/overlays/production/secrets.env.example"), read("k8s/examples/region/kustomization.yaml")):
        assert re.search(r"kubectl apply -k k8s/(namespace|overlays/production/kept)", text)


@pytest.mark.parametrize("path", [*WHOLE, "k8s/examples/region"])
def test_pingers_may_ping(path):
    # Of the sysctls that `restricted` admits, and for the group that the pinger runs as alone.
    for item, template in workloads(overlay(path)):
        security = template["spec"]["securityContext"]
        if template["metadata"]["labels"]["app"] == "pinger":
            group = security["runAsGroup"]
            assert security["sysctls"] == [{"name": "net.ipv4.ping_group_range", "value": f"{group} {group}"}]
        else:
            assert "sysctls" not in security, name_of(item)
