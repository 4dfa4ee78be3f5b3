"""What the tests read: the project's files, and what is rendered from them."""

import functools
import json
import os
import shlex
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
SERVICES = ["gateway", "user-service", "processor", "alerter", "pinger"]
OVERLAYS = ["k8s", "k8s/overlays/local", "k8s/overlays/production"]


def read(path):
    """The text of a file of the project."""
    return (ROOT / path).read_text()


def load(path):
    """A YAML file of the project."""
    return yaml.safe_load(read(path))


def run(*command, **options):
    """Runs a command; answers its exit code and its messages, those on stdout and those on stderr. To read, not to
    parse: for that there is `output_of`."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    return done.returncode, done.stdout + done.stderr


def output_of(*command, timeout=120, **options):
    """The stdout of a command that succeeds. What it writes to stderr, such as cargo's list of downloads, is shown
    only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **options)
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


def packages(*arguments, cwd):
    """What `cargo metadata` lists. It downloads whatever an empty registry lacks."""
    return json.loads(output_of("cargo", "metadata", "--locked", "--format-version", "1", *arguments, cwd=cwd, timeout=900))["packages"]


def users_of(crate, *arguments, cwd):
    """The names of the crates that use a crate, in what is built."""
    metadata = json.loads(output_of("cargo", "metadata", "--locked", "--format-version", "1", *arguments, cwd=cwd, timeout=900))
    names = {package["id"]: package["name"] for package in metadata["packages"]}
    nodes = metadata["resolve"]["nodes"]
    return {names[node["id"]] for node in nodes if crate in {names[used["pkg"]] for used in node["deps"]}}


@functools.cache
def overlay(path):
    """The objects of an overlay."""
    command = shlex.split(os.environ.get("KUSTOMIZE", "kubectl kustomize"))
    return [document for document in yaml.safe_load_all(output_of(*command, str(ROOT / path))) if document]


def kind(objects, *kinds):
    """Those of these kinds."""
    return [item for item in objects if item["kind"] in kinds]


def pod_template(item):
    """The pods that an object makes, or None."""
    if item["kind"] == "CronJob":
        return item["spec"]["jobTemplate"]["spec"]["template"]
    if item["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
        return item["spec"]["template"]
    return None


def workloads(objects):
    """Every object that makes pods, with their template."""
    return [(item, pod_template(item)) for item in objects if pod_template(item)]


def containers(template):
    """Init containers first."""
    spec = template["spec"]
    return spec.get("initContainers", []) + spec["containers"]


def name_of(item):
    """As an error names it."""
    return f"{item['kind']}/{item['metadata']['name']}"
