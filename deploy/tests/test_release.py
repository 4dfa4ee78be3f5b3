"""What a release does: its notes, its tags, and a deployment that goes back by itself. No cluster and no registry: kubectl,
docker and curl are scripts that write down what they were asked."""

import json
import os
import re
import runpy
import shutil

import pytest
import yaml

from project import ROOT, SERVICES, read, run

RELEASE = ROOT / "deploy/release"
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def tools(tmp_path):
    """A folder of commands that are found first; answers a function that makes one of them."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(name, body):
        (folder / name).write_text(f'#!/bin/bash\necho "{name} $*" >>"{tmp_path}/asked"\n{body}\n')
        (folder / name).chmod(0o755)

    make.folder, make.asked = folder, lambda: (tmp_path / "asked").read_text().splitlines() if (tmp_path / "asked").exists() else []
    make.path = f"{folder}:{os.environ['PATH']}"
    return make


# The cluster: revisions are files, and what does not become ready is named in BROKEN. It says nothing to what begins as MUTE.
# Where it is LATE, it numbers nothing while deploy.sh runs. A Job that stays from before, failed, is the file $STATE.failed.
KUBECTL = r"""
[ "$1" != --namespace ] || shift 2
[ -z "$MUTE" ] || [[ "$*" != "$MUTE"* ]] || exit 1
case "$*" in
"apply --dry-run=server"*) [ -z "$REFUSES" ] || exit 1; echo job.batch/migrate-8d2chcf6k2 ;;
apply*)
    touch "$STATE.applied"
    for name in $INSTALLS; do
        echo "deployment.apps/$name"
        echo "$(($(cat "$STATE/$name" 2>/dev/null || echo 0) + 1))" >"$STATE/$name"
    done
    echo job.batch/migrate-8d2chcf6k2
    echo service/gateway
    ;;
"get deployments"*) for file in "$STATE"/*; do [ ! -f "$file" ] || echo "deployment.apps/${file##*/}"; done ;;
"get deployment.apps/"*) name=${2##*/}; [ -z "$LATE" ] && cat "$STATE/$name" || echo "$WELL" ;;
"get job.batch/"*)
    if [ -f "$STATE.failed" ]; then
        echo -n "FailureTarget Failed "
    elif [ -f "$STATE.applied" ]; then
        case "$BROKEN" in job) echo -n "FailureTarget Failed " ;; slow) ;; *) echo -n "SuccessCriteriaMet Complete " ;; esac
    fi
    ;;
"delete job.batch/"*) rm "$STATE.failed" ;;
logs*) echo "relation users is missing" ;;
"rollout status"*) name=${3##*/}; [ "$BROKEN" != "$name" ] || [ "$(cat "$STATE/$name")" = "$WELL" ] ;;
"rollout undo"*) name=${3##*/}; echo "${5}" >"$STATE/$name" ;;
exec*) name=${2##*/}; [ "$UNWELL" != "$name" ] || [ "$(cat "$STATE/$name")" = "$WELL" ] ;;
*) echo "what is $*?" >&2; exit 9 ;;
esac
"""


@pytest.fixture
def deploy(tools, tmp_path):
    """Runs deploy.sh on a cluster in which everything is of revision 4; answers its code, output and the revisions after."""
    state = tmp_path / "state"
    state.mkdir()
    tools("kubectl", KUBECTL)
    tools("curl", '[ -z "$DEAD" ]')

    def call(installed=tuple(SERVICES), **environment):
        for name in installed:
            (state / name).write_text("4\n")
        given = {"PATH": tools.path, "STATE": str(state), "INSTALLS": " ".join(SERVICES), "SETTLE_SECONDS": "0", "WELL": "4", "BROKEN": "", "UNWELL": "", "REFUSES": "", "DEAD": "", "MUTE": "", "LATE": ""}
        code, output = run("bash", str(RELEASE / "deploy.sh"), "k8s/overlays/production", env=given | environment)
        return code, output, {path.name: path.read_text().strip() for path in state.iterdir()}

    call.asked, call.failed = tools.asked, tmp_path / "state.failed"
    return call


def test_what_becomes_ready_stays(deploy):
    code, output, revisions = deploy(HEALTH_URL="https://uptime.example.com/health/live")
    assert code == 0 and "runs" in output, output
    assert revisions == dict.fromkeys(SERVICES, "5")
    asked = deploy.asked()
    assert not any("undo" in line for line in asked)
    # Each is asked how it is, twice, and the job was waited for before.
    for name in SERVICES:
        assert sum(f"-- {name} healthcheck" in line for line in asked) == 2
    assert next(i for i, line in enumerate(asked) if " get job.batch/migrate" in line) < next(i for i, line in enumerate(asked) if "rollout status" in line)
    assert any(line.startswith("curl") for line in asked)


@pytest.mark.parametrize("trouble", [{"BROKEN": "pinger"}, {"UNWELL": "alerter"}, {"BROKEN": "job"}, {"BROKEN": "slow", "DEPLOY_TIMEOUT": "0"}, {"BROKEN": "pinger", "LATE": "yes"}])
def test_what_does_not_run_is_taken_back(deploy, trouble):
    code, output, revisions = deploy(**trouble)
    assert code == 1 and "runs again" in output, output
    assert revisions == dict.fromkeys(SERVICES, "4")


def test_a_job_that_fails_is_not_waited_for_and_says_why(deploy):
    code, output, _ = deploy(BROKEN="job", DEPLOY_TIMEOUT="86400")
    assert code == 1 and "job.batch/migrate-8d2chcf6k2 has failed" in output and "relation users is missing" in output, output


def test_a_job_that_failed_last_time_is_made_anew(deploy):
    deploy.failed.touch()
    code, output, revisions = deploy()
    assert code == 0 and "made anew" in output, output
    assert revisions == dict.fromkeys(SERVICES, "5")
    asked = deploy.asked()
    (deleted,) = [i for i, line in enumerate(asked) if " delete " in line]
    assert deleted < next(i for i, line in enumerate(asked) if line.startswith("kubectl apply -k"))


def test_what_has_not_failed_is_not_deleted(deploy):
    assert deploy()[0] == 0
    assert not any(" delete " in line for line in deploy.asked())


@pytest.mark.parametrize("mute", ["get deployments", "get deployment.apps/", "get job.batch/", "delete job.batch/"])
def test_without_an_answer_of_what_there_is_nothing_is_changed(deploy, mute):
    deploy.failed.touch()
    code, output, revisions = deploy(MUTE=mute)
    assert code == 3 and "going back" not in output, output
    assert revisions == dict.fromkeys(SERVICES, "4")
    assert not any(line.startswith("kubectl apply -k") for line in deploy.asked())


def test_one_that_cannot_be_taken_back_keeps_no_other_from_it(deploy):
    code, output, revisions = deploy(BROKEN="gateway", MUTE="rollout undo deployment.apps/pinger")
    assert code == 2 and "deployment.apps/pinger could not be taken back" in output, output
    assert revisions == dict.fromkeys(SERVICES, "4") | {"pinger": "5"}


def test_a_public_address_that_is_dead_is_a_failure_too(deploy):
    code, output, revisions = deploy(DEAD="yes", HEALTH_URL="https://uptime.example.com/health/live")
    # It was dead before as well.
    assert code == 2 and "does not answer" in output, output
    assert revisions == dict.fromkeys(SERVICES, "4")


def test_what_was_before_may_be_broken_too(deploy):
    code, output, _ = deploy(BROKEN="pinger", WELL="never")
    assert code == 2, output


def test_a_first_installation_has_nothing_to_go_back_to(deploy):
    code, output, _ = deploy(installed=(), BROKEN="gateway")
    assert code == 2 and "nothing to go back to" in output, output


def test_what_the_cluster_refuses_changes_nothing(deploy):
    code, _, revisions = deploy(REFUSES="yes")
    assert code == 3 and revisions == dict.fromkeys(SERVICES, "4")
    assert not any(re.search(r"kubectl apply -k", line) for line in deploy.asked())


@pytest.fixture
def checkout(tmp_path):
    """What pin.sh and notes.py read."""
    for path in ("Cargo.toml", "CHANGELOG.md", "k8s/released/kustomization.yaml", "deploy/release/pin.sh", "deploy/release/notes.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def test_a_release_is_pinned_in_one_file(checkout):
    pin = str(checkout / "deploy/release/pin.sh")
    assert run("bash", pin, "registry.example.com:5000/acme", "1.2.3-rc.1")[0] == 0
    literals = yaml.safe_load((checkout / "k8s/released/kustomization.yaml").read_text())["configMapGenerator"][0]["literals"]
    assert literals == ["REGISTRY=registry.example.com:5000/acme", "VERSION=1.2.3-rc.1", "PULL=IfNotPresent"]
    for wrong in (["ghcr.io/acme"], ["ghcr.io/acme", "1|e"], ["GHCR|x", "1.2.3"], ["ghcr.io/acme", ""]):
        assert run("bash", pin, *wrong)[0] == 64, wrong


def test_a_tag_that_is_not_ready_is_refused(checkout):
    notes = str(checkout / "deploy/release/notes.py")
    code, output = run("python3", notes, "v9.9.9")
    assert code != 0
    assert "Cargo.toml is of" in output and "CHANGELOG.md says nothing of 9.9.9" in output and "is not of 9.9.9" in output
    assert run("python3", notes, "latest")[0] != 0


def test_the_notes_are_what_the_changelog_says(checkout):
    version = re.search(r'^version = "(.+)"', read("Cargo.toml"), re.MULTILINE).group(1)
    (checkout / "CHANGELOG.md").write_text(f"# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [{version}] - 2026-12-01\n\n### Added\n\n- This.\n\n## [0.0.1]\n\n- Before.\n")
    code, output = run("python3", str(checkout / "deploy/release/notes.py"), f"v{version}")
    assert (code, output) == (0, "### Added\n\n- This.\n"), output


def metadata(folder, architecture, names):
    """What bake writes."""
    file = folder / f"metadata-{architecture}.json"
    content = {name: {"containerimage.digest": f"sha256:{architecture[0] * 8}{index:056x}".replace("r", "b").replace("m", "c")} for index, name in enumerate(names)}
    file.write_text(json.dumps(content | {"buildx.build.warnings": []}))
    return str(file)


def test_images_get_their_tags_over_all_architectures(tools, tmp_path):
    tools("docker", f'case "$*" in *inspect*) echo {DIGEST} ;; esac')
    files = [metadata(tmp_path, architecture, ["gateway", "admin"]) for architecture in ("amd64", "arm64")]
    code, output = run("python3", str(RELEASE / "publish.py"), "--registry", "ghcr.io/acme", "--tag", "1.2.3", "--tag", "abc", *files, env={"PATH": tools.path})
    assert (code, output) == (0, f"admin {DIGEST}\ngateway {DIGEST}\n"), output
    created = [line for line in tools.asked() if " create " in line]
    assert len(created) == 2
    for line, name in zip(created, ["admin", "gateway"]):
        assert f"--tag ghcr.io/acme/{name}:1.2.3 --tag ghcr.io/acme/{name}:abc" in line
        assert len(re.findall(rf"ghcr\.io/acme/{name}@sha256:[0-9a-f]{{64}}", line)) == 2


def test_an_architecture_that_is_missing_gives_no_tag_at_all(tools, tmp_path):
    tools("docker", "exit 1")
    files = [metadata(tmp_path, "amd64", ["gateway", "admin"]), metadata(tmp_path, "arm64", ["gateway"])]
    code, output = run("python3", str(RELEASE / "publish.py"), "--registry", "r", "--tag", "1", *files, env={"PATH": tools.path})
    assert code != 0 and "admin was built for 1 of 2 architectures" in output
    assert tools.asked() == []


def test_bases_are_pinned_by_digest(tools):
    tools("docker", f"echo {DIGEST}")
    code, output = run("bash", str(RELEASE / "bases.sh"), env={"PATH": tools.path})
    assert code == 0, output
    found = dict(line.split("=", 1) for line in output.splitlines())
    assert set(found) == {"RUST_IMAGE", "NODE_IMAGE", "DEBIAN_IMAGE"}
    assert "$" not in output
    for image in found.values():
        assert re.fullmatch(rf"[a-z]+:[\w.-]+@{DIGEST}", image), image
    tools("docker", "echo no such manifest")
    assert run("bash", str(RELEASE / "bases.sh"), env={"PATH": tools.path})[0] == 65


def test_slack_hears_what_became_of_it():
    slack = runpy.run_path(str(RELEASE / "slack.py"))
    for result, words in {"0": "runs in", "1": "taken back", "2": "what was before does not run", "3": "nothing was changed", "": "was not deployed"}.items():
        text = slack["message"]("production", "1.2.3", result, "https://github.com/x/y/actions/runs/1")["text"]
        assert words in text and "1.2.3" in text and "production" in text and text.endswith("<https://github.com/x/y/actions/runs/1|Log>")
    assert "<!channel>" not in slack["message"]("<!channel>", "1", "0", "u")["text"]
    # Without a webhook, and with one that does not answer, a deployment is what it was.
    command = ["python3", str(RELEASE / "slack.py"), "staging", "1.2.3", "0", "https://log"]
    assert run(*command, env={"PATH": os.environ["PATH"]})[0] == 0
    code, output = run(*command, env={"PATH": os.environ["PATH"], "SLACK_WEBHOOK_URL": "http://127.0.0.1:1/secret"})
    assert code == 0 and "secret" not in output


def test_a_step_ends_with_what_fails_in_a_pipe():
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        # Only a shell that is named has pipefail, and what feeds a loop as <(…) fails unseen even so.
        assert workflow["defaults"]["run"]["shell"] == "bash", path.name
        for job in workflow["jobs"].values():
            for step in job.get("steps", []):
                assert "shell" not in step and "< <(" not in step.get("run", ""), (path.name, step.get("name"))


def scan(tools, folder, found):
    """Runs the step that looks into images on what was built; answers its code, output and the images that were looked into."""
    steps = yaml.safe_load(read(".github/workflows/release.yml"))["jobs"]["scan"]["steps"]
    (script,) = [step["run"] for step in steps if "grype" in step.get("run", "")]
    tools("docker", '[ -z "$VULNERABLE" ] || [[ "$*" != *"$VULNERABLE"* ]]')
    # As a runner calls it.
    command = f"cd {folder} && exec bash --noprofile --norc -eo pipefail -c \"$SCRIPT\""
    environment = {"PATH": tools.path, "HOME": str(folder), "REGISTRY": "ghcr.io/acme", "SCRIPT": script, "VULNERABLE": found}
    code, output = run("bash", "-c", command, env=environment)
    return code, output, [line.rsplit(" ", 1)[1].split("@")[0] for line in tools.asked()]


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not here")
def test_every_image_is_scanned_or_the_release_ends(tools, tmp_path):
    for architecture in ("amd64", "arm64"):
        metadata(tmp_path, architecture, ["gateway", "admin"])
    images = ["registry:ghcr.io/acme/gateway", "registry:ghcr.io/acme/admin"] * 2
    code, output, asked = scan(tools, tmp_path, "")
    assert (code, asked) == (0, images), output
    # One that is not good ends it, and the others are looked into all the same.
    code, output, asked = scan(tools, tmp_path, "linux/amd64 --only-fixed --fail-on high registry:ghcr.io/acme/gateway")
    assert (code, asked) == (1, images * 2), output
    for broken in ("{}", "no JSON", None):
        file = tmp_path / "metadata-arm64.json"
        file.write_text(broken) if broken else file.unlink()
        assert scan(tools, tmp_path, "")[0] != 0, broken


def test_the_workflows_call_what_is_there():
    for name in ("release", "deploy"):
        text = read(f".github/workflows/{name}.yml")
        for path in re.findall(r"\b(deploy/release/[\w.]+)", text):
            assert (ROOT / path).exists(), path
        jobs = yaml.safe_load(text)["jobs"]
        for job in jobs.values():
            for needed in [job.get("needs", [])] if isinstance(job.get("needs", []), str) else job.get("needs", []):
                assert needed in jobs
            assert "uses" in job or job["timeout-minutes"] <= 120
    # A pre-release is nothing for production.
    production = yaml.safe_load(read(".github/workflows/release.yml"))["jobs"]["production"]["if"]
    assert production == "github.ref_type == 'tag' && !contains(github.ref_name, '-')"
    # Every image that runs in the cluster is known to be signed before.
    verified = re.search(r"for name in ([\w -]+); do", read(".github/workflows/deploy.yml")).group(1).split()
    assert set(verified) == {*SERVICES, "admin"}
