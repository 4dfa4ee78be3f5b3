"""The settings of the sources, of .env.example, and what `make env` makes of it."""

import re
import shutil

import pytest

import settings
from project import ROOT, SERVICES, load, read, run

LINE = re.compile(r"^(#?)([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
EXAMPLE = {name: (bool(commented), value) for commented, name, value in LINE.findall(read(".env.example"))}


def of_compose():
    """Variables that only the compose file reads."""
    interpolated = set(re.findall(r"\$\{([A-Z0-9_]+)", read("docker-compose.yml")))
    return interpolated - set(settings.everything())


@pytest.mark.parametrize("program", [*SERVICES, "migrate", "topics"])
def test_the_sources_were_understood(program):
    variables = settings.of(program)
    assert {"LOG_LEVEL", "LOG_FORMAT"} <= set(variables)
    if program in SERVICES:
        assert "HTTP_ADDR" in variables
        # Every name in capitals in the settings is a variable that was found, or no variable at all.
        code = settings._code(f"{program}/src/settings.rs")
        names = set(re.findall(r"\"([A-Z][A-Z0-9]*_[A-Z0-9_]+|REGION|SHARDS)\"", code))
        assert names - {"CARGO_PKG_VERSION"} <= set(variables)


def test_required_variables_are_what_they_are():
    assert settings.required("pinger") == {"KAFKA_BROKERS", "REDIS_URL", "INTERNAL_API_KEY", "ENCRYPTION_KEYS"}
    assert settings.required("processor") == {"KAFKA_BROKERS", "REDIS_URL", "DATABASE_URL"}
    assert settings.required("migrate") == {"DATABASE_URL"}
    assert settings.required("topics") == {"KAFKA_BROKERS"}


def test_every_setting_is_in_the_example():
    assert set(settings.everything()) - set(EXAMPLE) == set()


def test_the_example_holds_no_setting_that_nobody_reads():
    assert set(EXAMPLE) - set(settings.everything()) - of_compose() == set()


def test_the_example_shows_the_true_defaults():
    wrong = []
    for name, readers in settings.everything().items():
        commented, shown = EXAMPLE[name]
        defaults = {variable.default for _, variable in readers if variable.default is not None}
        if commented and len(defaults) == 1 and shown != defaults.pop():
            wrong.append(name)
    # Its default differs by service.
    assert wrong == []


def test_services_agree_on_what_they_share():
    for name, readers in settings.everything().items():
        if name in ("HTTP_ADDR",):
            continue
        defaults = {variable.default for _, variable in readers}
        assert len(defaults) == 1, f"{name} has several defaults: {readers}"


def test_each_setting_of_the_example_is_explained():
    above = ""
    for line in read(".env.example").splitlines():
        if LINE.match(line):
            assert above.startswith("# "), f"{line} has no explanation"
        else:
            above = line


def test_the_environment_that_is_made_holds_no_placeholder(tmp_path):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / ".env.example", tmp_path)
    code, output = run("bash", "scripts/env.sh", cwd=tmp_path)
    assert code == 0, output
    made = {name: value for commented, name, value in LINE.findall((tmp_path / ".env").read_text()) if not commented}
    assert [name for name, value in made.items() if "CHANGE_ME" in value] == []
    assert f":{made['POSTGRES_PASSWORD']}@" in made["DATABASE_URL"]
    assert f":{made['REDIS_PASSWORD']}@" in made["REDIS_URL"]
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    # A second call leaves it alone.
    code, _ = run("bash", "scripts/env.sh", cwd=tmp_path)
    assert code != 0


def test_secrets_of_the_production_overlay_are_those_that_are_read():
    keys = set(re.findall(r"^([A-Z_]+)=", read("k8s/overlays/production/secrets.env.example"), re.MULTILINE))
    assert keys <= set(settings.everything())
    required = set().union(*(settings.required(program) for program in [*SERVICES, "migrate", "topics"]))
    assert required - keys == {"KAFKA_BROKERS"}  # comes from a config map


def test_secrets_never_stand_in_files_that_are_applied():
    secret = {name for name, readers in settings.everything().items() if re.search(r"SECRET|PASSWORD|_KEYS?$|^(DATABASE|REDIS)_URL$", name)}
    for path in ["k8s/base/kustomization.yaml", "k8s/overlays/local/kustomization.yaml", "k8s/overlays/production/kustomization.yaml"]:
        for generator in load(path).get("configMapGenerator", []):
            names = {literal.split("=")[0] for literal in generator.get("literals", [])}
            assert names & secret == set(), path
