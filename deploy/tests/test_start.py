"""What the programs make of the environment that docker compose gives them: with an untouched .env.example they refuse
to start, with what `make env` makes of it they start."""

import json
import os
import re
import shutil
import subprocess
import threading

import pytest

import settings
from project import ROOT, load, read, run
from test_compose import OURS, expanded, example

VALUE = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
PLACEHOLDER = "CHANGE_ME"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The variables of the file that `make env` writes."""
    folder = tmp_path_factory.mktemp("env")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    shutil.copy(ROOT / ".env.example", folder)
    code, output = run("bash", "scripts/env.sh", cwd=folder)
    assert code == 0, output
    return dict(VALUE.findall((folder / ".env").read_text()))


def given(name, variables):
    """What the container of a service has in its environment."""
    return {variable: expanded(value, variables) for variable, value in OURS[name]["environment"].items()}


def command(name):
    """The built program, as its image runs it."""
    target = OURS[name]["build"]["target"]
    program = ROOT / "target/debug" / ("uptime-admin" if target == "admin" else target)
    if not program.exists():
        pytest.skip(f"{program.name} is not built; cargo build comes first in make test")
    return [str(program), *OURS[name].get("command", [])]


@pytest.mark.parametrize("name", [name for name in OURS if name != "topics"])
def test_a_placeholder_is_refused_by_name(name):
    environment = given(name, example())
    wrong = {variable for variable, value in environment.items() if PLACEHOLDER in value}
    assert wrong, "it has no secret; leave it out here"
    code, output = run(*command(name), env=environment)
    assert code == 78, output
    assert set(re.findall(r"^\s+([A-Z_]+): still holds a placeholder; set it to ", output, re.MULTILINE)) == wrong, output
    assert set(re.findall(r"^\s+([A-Z_]+): ", output, re.MULTILINE)) == wrong, output


@pytest.mark.parametrize("name", OURS)
def test_the_example_of_production_is_refused_too(name, made):
    secrets = dict(VALUE.findall(read("k8s/overlays/production/secrets.env.example")))
    known = settings.of(settings.program_of(OURS[name]["image"], OURS[name].get("command", [])))
    environment = given(name, made) | {"KAFKA_SECURITY_PROTOCOL": "sasl_ssl", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512"}
    environment |= {variable: value for variable, value in secrets.items() if variable in known}
    wrong = {variable for variable, value in environment.items() if PLACEHOLDER in value}
    assert wrong
    code, output = run(*command(name), env=environment)
    assert code == 78, output
    assert set(re.findall(r"^\s+([A-Z_]+): still holds a placeholder; ", output, re.MULTILINE)) == wrong, output


@pytest.mark.parametrize("name", OURS)
def test_what_make_env_made_is_enough_and_stays_out_of_the_log(name, made, tmp_path):
    environment = given(name, made) | {"ADMIN_WAIT_MS": "1"}
    assert [variable for variable, value in environment.items() if PLACEHOLDER in value] == []
    # On ports of its own; its servers are not there.
    environment |= {variable: "127.0.0.1:0" for variable in ("HTTP_ADDR", "OPS_ADDR") if variable in environment}
    errors = (tmp_path / "stderr").open("w+")
    process = subprocess.Popen(command(name), env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    deadline = threading.Timer(20, process.kill)
    deadline.start()
    try:
        first = process.stdout.readline()
        line = json.loads(first)
        assert (line["message"], line["service"]) == ("starting", settings_name(name)), first
        # What it has to say about its servers.
        said = first + process.stdout.readline()
    finally:
        process.kill()
        said += process.communicate()[0] + (tmp_path / "stderr").read_text()
        errors.close()
        deadline.cancel()
    secrets = {made[variable] for variable in made if re.search(r"SECRET|PASSWORD|_KEYS?$", variable)}
    secrets |= {secret.split(":", 1)[1] for secret in secrets if ":" in secret}
    assert [secret for secret in secrets if secret in said] == []


def settings_name(name):
    """How a program calls itself."""
    return OURS[name]["build"]["target"]


@pytest.mark.skipif("COMPOSE_LOADER" not in os.environ, reason="neither docker compose nor its loader is here")
def test_docker_compose_resolves_the_file_to_the_same(made):
    environment = made | {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run([*os.environ["COMPOSE_LOADER"].split(), "docker-compose.yml"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "not set" not in done.stderr
    assert PLACEHOLDER not in done.stdout
    resolved = json.loads(done.stdout)["services"]
    assert set(resolved) == set(load("docker-compose.yml")["services"])
    for name in OURS:
        assert resolved[name]["environment"] == given(name, made), name
        assert set(resolved[name]["environment"]) == set(settings.of(settings.program_of(resolved[name]["image"], OURS[name].get("command", []))))
    for name, service in resolved.items():
        for volume in service.get("volumes", []):
            assert volume["type"] == "volume" or os.path.exists(volume["source"]), f"{name}: {volume['source']}"


@pytest.mark.skipif("COMPOSE_LOADER" not in os.environ, reason="neither docker compose nor its loader is here")
def test_docker_compose_asks_for_make_env():
    done = subprocess.run([*os.environ["COMPOSE_LOADER"].split(), "docker-compose.yml"], cwd=ROOT, env={name: os.environ[name] for name in ("PATH", "HOME")}, capture_output=True, text=True, timeout=60, check=False)
    if (ROOT / ".env").exists():
        pytest.skip("there is a .env")
    assert done.returncode != 0
    assert "run make env first" in done.stderr
