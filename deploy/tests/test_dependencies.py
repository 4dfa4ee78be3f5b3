"""deny.toml, read offline: licences, bans and sources of every crate, and the licences of the dashboard's packages."""

import json
import re
import shutil
import tomllib

import pytest

from project import ROOT, packages, read, run, users_of

DENY = tomllib.loads(read("deny.toml"))
ALLOWED = set(DENY["licenses"]["allow"])
# Of what is shipped; tools that only build may have others.
ALLOWED_IN_THE_DASHBOARD = ALLOWED | {"Unlicense", "CC0-1.0", "MIT-0", "BlueOak-1.0.0"}


def allowed(expression, licences):
    """Whether an SPDX expression can be met. The old `A/B` means `A OR B`."""
    tokens = re.findall(r"\(|\)|[^\s()/]+|/", expression)
    tokens = ["OR" if token == "/" else token for token in tokens]

    def either():
        met = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = both() or met
        return met

    def both():
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one():
        token = tokens.pop(0)
        if token == "(":
            met = either()
            assert tokens.pop(0) == ")", expression
            return met
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in licences

    met = either()
    assert not tokens, expression
    return met


@pytest.fixture(scope="module")
def crates():
    """Every crate that a build can contain, on any platform, with any feature."""
    return packages("--all-features", cwd=ROOT)


@pytest.mark.skipif(not shutil.which("cargo-deny"), reason="cargo-deny is not here; the tests below check the same")
def test_cargo_deny_finds_nothing():
    code, output = run("cargo", "deny", "--offline", "check", "licenses", "bans", "sources", cwd=ROOT)
    assert code == 0 and "licenses ok" in output and "bans ok" in output and "sources ok" in output, output


def test_expressions_are_understood():
    for expression, met in [
        ("MIT", True), ("GPL-3.0", False), ("MIT OR GPL-3.0", True), ("MIT AND GPL-3.0", False), ("MIT/GPL-3.0", True),
        ("(MIT OR GPL-3.0) AND ISC", True), ("(MIT OR ISC) AND GPL-3.0", False), ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0 WITH Classpath-exception-2.0", False),
    ]:
        assert allowed(expression, ALLOWED) is met, expression


def test_licences_can_be_given_on(crates):
    wrong = {f"{crate['name']} {crate['version']}": crate["license"] for crate in crates if not crate["license"] or not allowed(crate["license"], ALLOWED)}
    assert wrong == {}


def test_every_crate_is_from_crates_io(crates):
    (registry,) = DENY["sources"]["allow-registry"]
    assert {crate["source"] for crate in crates} == {None, f"registry+{registry}"}
    for crate in crates:
        assert crate["source"] or crate["manifest_path"].startswith(str(ROOT)), crate["name"]


def test_banned_crates_are_not_there(crates):
    versions = {}
    for crate in crates:
        versions.setdefault(crate["name"], []).append(tuple(int(part) for part in re.findall(r"\d+", crate["version"])[:3]))
    for ban in DENY["bans"]["deny"]:
        name, _, version = ban["crate"].partition("@")
        found = versions.get(name, [])
        if version:
            compatible = tuple(int(part) for part in re.fullmatch(r"\^(0\.\d+)", version).group(1).split("."))
            found = [known for known in found if known[:2] == compatible]
        # One that some may use is theirs alone.
        if "wrappers" in ban and users_of(name, "--all-features", cwd=ROOT) <= set(ban["wrappers"]):
            continue
        assert found == [], f"{ban['crate']}: {ban['reason']}"


def test_versions_are_never_open(crates):
    for crate in crates:
        if crate["source"] is None:
            for dependency in crate["dependencies"]:
                assert dependency["req"] != "*" or dependency.get("path"), f"{crate['name']} takes any {dependency['name']}"


def test_the_dashboard_ships_what_can_be_given_on():
    wrong = {}
    for path, package in json.loads(read("dashboard/package-lock.json"))["packages"].items():
        if path and not package.get("dev") and not allowed(package.get("license", "none"), ALLOWED_IN_THE_DASHBOARD):
            wrong[path] = package.get("license")
        if path and package.get("resolved"):
            assert package["integrity"].startswith("sha512-"), path
    assert wrong == {}


def test_workflows_may_do_as_little_as_they_can():
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        text = path.read_text()
        assert re.search(r"^permissions:\n  contents: read$", text, re.MULTILINE), path.name
        assert "pull_request_target" not in text
        if "actions/checkout" in text:
            assert "persist-credentials: false" in text
