"""The Dockerfile. No engine builds it here: these are rules about its text, and its steps that need no image."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import settings
from project import ROOT, SERVICES, packages, read, run

TEXT = read("Dockerfile")
STAGES = dict(re.findall(r"^FROM \S+ AS ([\w-]+)$(.*?)(?=^FROM |\Z)", TEXT, re.MULTILINE | re.DOTALL))
FINAL = dict(zip([*SERVICES, "admin", "all-in-one"], [*SERVICES, "uptime-admin", "all-in-one"]))
BUILT_IN = {"all-in-one": "build-all-in-one"}


def test_there_is_a_target_per_service():
    assert {name for name in STAGES if re.search(rf"^FROM base AS {name}$", TEXT, re.MULTILINE)} == set(FINAL)


def test_images_run_one_program_without_root_or_shell():
    assert re.search(r"^USER 10001:10001$", STAGES["base"], re.MULTILINE)
    for target, program in FINAL.items():
        stage = STAGES[target]
        assert f"COPY --from={BUILT_IN.get(target, 'build')} /out/{program} /usr/local/bin/{program}" in stage
        assert f'ENTRYPOINT ["{program}"]' in stage
        assert "USER" not in stage and "RUN" not in stage
        assert f'org.opencontainers.image.title="uptime-{target}"' in stage
        if target != "admin":
            assert f'CMD ["{program}", "healthcheck"]' in stage


def test_ports_are_those_that_the_services_listen_on():
    for target in SERVICES:
        code = read(f"{target}/src/settings.rs")
        ports = set(re.findall(r'"0\.0\.0\.0:(\d+)"', code))
        assert set(re.search(r"^EXPOSE (.*)$", STAGES[target], re.MULTILINE).group(1).split()) == ports


def test_all_in_one_listens_outside_and_keeps_its_log_in_the_volume():
    stage = STAGES["all-in-one"]
    given = dict(word.split("=", 1) for word in re.search(r"^ENV (.*)$", stage, re.MULTILINE).group(1).split())
    assert set(given) - set(settings.of("gateway")) <= set(settings.variables_in("all-in-one/src/settings.rs"))
    assert given["LISTEN_HOST"] == "0.0.0.0"
    assert given["EMBEDDED_LOG_DIR"].startswith(re.search(r"^VOLUME (.*)$", stage, re.MULTILINE).group(1) + "/")
    assert re.search(r"^EXPOSE (.*)$", stage, re.MULTILINE).group(1).split() == [given["PORT"], given["OPS_ADDR"].rsplit(":", 1)[1]]
    # Its features are not those of the services: a cargo of its own, after theirs were copied.
    assert "all-in-one" not in re.search(r'^ARG PACKAGES="(.*)"$', TEXT, re.MULTILINE).group(1)
    assert "cargo build --release --locked -p all-in-one" in STAGES["build-all-in-one"]


def test_bases_are_given_by_a_release_and_nothing_else_is_pulled():
    bases = set(re.findall(r"^FROM \$\{(\w+)\} AS", TEXT, re.MULTILINE))
    assert bases == {"RUST_IMAGE", "NODE_IMAGE", "DEBIAN_IMAGE"}
    assert set(re.findall(r"^FROM ([^$\s]\S*) AS", TEXT, re.MULTILINE)) <= set(STAGES)
    for name in bases:
        assert re.search(rf"^ARG {name}=\S+$", TEXT.split("\nFROM ", 1)[0], re.MULTILINE), name
        assert name in read("docker-bake.hcl") and name in read("deploy/release/bases.sh")


def test_bake_builds_every_image():
    listed = re.search(r"image = \[(.*)\]", read("docker-bake.hcl")).group(1)
    assert set(re.findall(r'"([\w-]+)"', listed)) == set(FINAL)


def test_labels_say_where_an_image_is_from():
    for label in ("source", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in STAGES["base"]


def test_tool_chains_are_new_enough():
    wanted = re.search(r'^rust-version = "(.*)"$', read("Cargo.toml"), re.MULTILINE).group(1)
    given = re.search(r"^ARG RUST_VERSION=(.*)$", TEXT, re.MULTILINE).group(1)
    assert [int(part) for part in given.split(".")] >= [int(part) for part in wanted.split(".")]
    node = re.search(r'"node": ">=(\d+)', read("dashboard/package.json")).group(1)
    assert int(re.search(r"^ARG NODE_VERSION=(\d+)", TEXT, re.MULTILINE).group(1)) >= int(node)


def test_every_program_is_one_that_cargo_builds():
    for package in re.search(r'^ARG PACKAGES="(.*)"$', TEXT, re.MULTILINE).group(1).replace("-p ", "").split():
        manifest = read(f"{package}/Cargo.toml")
        program = FINAL[package]
        assert program == package or f'name = "{program}"' in manifest
        assert (ROOT / package / "src/main.rs").exists()


def test_manifests_with_empty_sources_are_a_workspace(tmp_path):
    """The stage that keeps compiled dependencies cached."""
    listed = subprocess.run(["git", "ls-files", "-z", "*Cargo.toml", "Cargo.lock", "*.rs"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    step = re.sub(r"\\\n", " ", STAGES["manifests"].split("RUN ", 1)[1])
    code, output = run("sh", "-c", step, cwd=tmp_path)
    assert code == 0, output
    sources = {path.read_text() for path in tmp_path.rglob("*.rs")}
    assert sources == {"fn main() {}\n"}
    # A file that a manifest names, a build script for one, is missed by nothing but the build.
    listed = packages("--offline", "--no-deps", cwd=tmp_path)
    missing = [target["src_path"] for package in listed for target in package["targets"] if not Path(target["src_path"]).exists()]
    assert missing == []


def ignored(path):
    """Whether .dockerignore keeps a path out; the last pattern that matches it or a folder above decides."""
    parts = path.split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    out = False
    for line in read(".dockerignore").splitlines():
        pattern = line.removeprefix("!")
        if not line or line.startswith("#"):
            continue
        # `*` stays within a folder, `**/` is any folder.
        expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(expression, folder) for folder in above):
            out = not line.startswith("!")
    return out


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """What `COPY . .` copies: the committed files but for those that .dockerignore names."""
    folder = tmp_path_factory.mktemp("context")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not ignored(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_what_is_copied_is_there(context):
    for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", TEXT, re.MULTILINE):
        for source in sources.split():
            assert (context / source).exists(), source
    for name in ("docs", "deploy", "k8s", "README.md", "Dockerfile", "docker-compose.yml"):
        assert not (context / name).exists(), name


def test_what_is_compiled_in_is_copied(context):
    for path in context.rglob("*.rs"):
        code = path.read_text()
        for name in re.findall(r"include_(?:str|bytes)!\(\"([^\"]+)\"\)", code):
            assert (path.parent / name).exists(), f"{path.relative_to(context)}: {name}"
        for name in re.findall(r"embed_migrations!\(\"([^\"]+)\"\)", code):
            assert list((path.parents[1] / name).glob("V*.sql")), path
    # The dashboard comes from the stage that builds it.
    assert "dashboard/dist" in read("gateway/src/dashboard.rs")
    assert "COPY --from=dashboard /dashboard/dist dashboard/dist" in TEXT


def test_what_is_copied_is_the_workspace_with_every_program(context):
    listed = packages("--offline", "--no-deps", cwd=context)
    binaries = {target["name"] for package in listed for target in package["targets"] if "bin" in target["kind"]}
    assert set(FINAL.values()) <= binaries


def test_what_is_built_from_leaves_out_secrets_and_results():
    ignored = set(read(".dockerignore").split("\n"))
    assert {".git", ".env", ".env.*", "target", "**/node_modules", "dashboard/dist", ".run", ".test", ".kafka"} <= ignored


@pytest.mark.parametrize("name", SERVICES)
def test_a_program_answers_its_health_check(name):
    program = ROOT / "target/debug" / name
    if not program.exists():
        pytest.skip(f"{name} is not built; cargo build comes first in make test")
    nobody = {"HTTP_ADDR": "127.0.0.1:1", "OPS_ADDR": "127.0.0.1:1"}
    code, output = run(str(program), "healthcheck", env=nobody)
    assert code == 1 and "127.0.0.1:1: " in output, output
