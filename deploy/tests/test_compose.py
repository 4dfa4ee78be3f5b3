"""docker-compose.yml."""

import json
import re

import jsonschema
import pytest

import settings
from project import ROOT, SCHEMAS, SERVICES, load, read

COMPOSE = load("docker-compose.yml")
ALL = COMPOSE["services"]
OURS = {name: service for name, service in ALL.items() if service["image"].startswith("uptime/")}
# Pingers of further regions: they are as the others, but for where they are.
FURTHER = {"pinger-us"}
LONG_RUNNING = {name: service for name, service in ALL.items() if service.get("restart") != "no"}


def expanded(text, environment):
    """Compose's ${NAME:-default} and ${NAME:?message}."""

    def value(match):
        name, operator, word = match.group(1), match.group(2), match.group(3)
        found = environment.get(name, "")
        if found or not operator:
            return found
        assert operator == ":-", f"{name} is required: {word}"
        return word

    return re.sub(r"\$\{([A-Z0-9_]+)(?:(:-|:\?)([^}]*))?\}", value, str(text)).replace("$$", "$")


def example():
    """.env.example as it is."""
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", read(".env.example"), re.MULTILINE))


def test_it_fits_the_compose_specification():
    schema = json.loads((SCHEMAS / "compose-spec.json").read_text())
    errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(COMPOSE)
    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


def test_every_image_of_ours_is_there():
    assert set(SERVICES) | {"migrate", "topics"} == set(OURS) - FURTHER
    targets = set(re.findall(r"^FROM base AS ([\w-]+)$", read("Dockerfile"), re.MULTILINE))
    for name, service in OURS.items():
        assert service["build"]["target"] in targets
        assert service["image"] == f"uptime/{service['build']['target']}:${{IMAGE_TAG:-latest}}"


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_given_what_it_knows_and_what_it_requires(name):
    service = OURS[name]
    program = settings.program_of(service["image"], service.get("command", []))
    given = set(service["environment"])
    assert given - set(settings.of(program)) == set(), "nobody reads these"
    assert settings.required(program) - given == set(), "it does not start without these"
    assert set(settings.of(program)) - given == set(), "these could not be set in .env"


def test_an_untouched_example_is_enough():
    environment = example()
    for service in ALL.values():
        for value in service.get("environment", {}).values():
            expanded(value, environment)
        for value in service.get("ports", []) + [service["image"]]:
            expanded(value, environment)


def test_variables_go_by_their_own_names():
    for name, service in OURS.items():
        for variable, value in service["environment"].items():
            for reference in re.findall(r"\$\{([A-Z0-9_]+)", str(value)):
                assert reference == variable, f"{name}: {variable} is taken from {reference}"


def test_no_secret_has_a_default():
    for name, service in ALL.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|_KEYS?$|AUTH$|^(DATABASE|REDIS)_URL$", variable) and variable != "KAFKA_SASL_PASSWORD":
                if variable in ("GOOGLE_CLIENT_SECRET", "GITHUB_CLIENT_SECRET"):  # nobody signs in with them unless they are set
                    assert value == f"${{{variable}:-}}"
                    continue
                assert re.fullmatch(r"\$\{[A-Z_]+:\?run make env first\}", value), f"{name}: {variable}"


@pytest.mark.parametrize("name", ALL)
def test_it_runs_with_as_little_as_it_can(name):
    service = ALL[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service and "cap_add" not in service
    # Our images say it themselves; others are told.
    assert name in OURS or not service["user"].startswith(("0", "root"))
    limits = service["deploy"]["resources"]["limits"]
    assert limits["cpus"] and limits["memory"]
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_its_health_is_known(name):
    if name in OURS:
        program = OURS[name]["build"]["target"]
        target = read("Dockerfile").split(f"FROM base AS {program}\n")[1].split("\nFROM ")[0]
        assert f'CMD ["{program}", "healthcheck"]' in target
    else:
        assert ALL[name]["healthcheck"]["test"]


def test_ports_are_published_on_the_loopback_interface_only():
    for name, service in ALL.items():
        for port in service.get("ports", []):
            assert expanded(port, {}).startswith("127.0.0.1:"), name
    assert {name for name, service in ALL.items() if service.get("ports")} == {"gateway", "prometheus", "alertmanager", "grafana"}


def test_stores_are_reached_on_a_network_without_a_way_out():
    networks = COMPOSE["networks"]
    for name in ("postgres", "redis", "kafka"):
        assert ALL[name]["networks"] == ["data"]
    assert networks["data"]["internal"] and networks["services"]["internal"]
    reach = {name for name, service in OURS.items() if "internet" in service["networks"]}
    assert reach == {"pinger", "alerter", "user-service"} | FURTHER
    for name, service in ALL.items():
        assert set(service["networks"]) <= set(networks), name


def test_services_wait_for_what_they_need():
    for name in SERVICES:
        for dependency, how in ALL[name]["depends_on"].items():
            condition = how["condition"]
            assert dependency in ALL
            if dependency in ("migrate", "topics"):
                assert condition == "service_completed_successfully"
    for name in ("user-service", "processor", "alerter"):
        assert {"migrate", "topics"} <= set(ALL[name]["depends_on"])


def test_what_is_mounted_exists():
    for name, service in ALL.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), f"{name}: {source}"
                assert volume.endswith(":ro")
            else:
                assert source in COMPOSE["volumes"], f"{name}: {source}"


def test_profiles_hold_what_they_promise():
    by_profile = {}
    for name, service in ALL.items():
        for profile in service.get("profiles", [None]):
            by_profile.setdefault(profile, set()).add(name)
    assert by_profile["observability"] == {"prometheus", "alertmanager", "grafana"}
    assert by_profile["demo"] == {"demo-target", "demo-slack"}
    assert by_profile["region"] == FURTHER
    assert by_profile[None] == {"postgres", "redis", "kafka", *OURS} - FURTHER


@pytest.mark.parametrize("name", sorted(FURTHER))
def test_a_further_region_is_one_of_the_regions_and_not_the_home_region(name):
    further, pinger = ALL[name]["environment"], ALL["pinger"]["environment"]
    same = {variable: value for variable, value in pinger.items() if variable not in ("REGION", "REGIONS")}
    assert same.items() <= further.items()
    for environment in ({}, {"REGIONS": "default,us"}, {"REGIONS": "eu,us,ap"}):
        home, *others = expanded(further["REGIONS"], environment).split(",")
        assert further["REGION"] in others and further["REGION"] != home
    # Without regions the others know one only, in which the home region's pinger is.
    home = expanded(further["REGIONS"], {}).split(",")[0]
    assert home == settings.of("pinger")["REGION"].default


def test_kafka_is_the_version_that_the_tests_use():
    version = re.search(r"<kafka.version>(.*)</kafka.version>", read("scripts/kafka/pom.xml")).group(1)
    assert ALL["kafka"]["image"] == f"apache/kafka:{version}"
