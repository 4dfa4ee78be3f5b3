"""What the overlays render."""

import json
import re

import jsonschema
import kubernetes_validate
import pytest
import yaml

import settings
from project import OVERLAYS, ROOT, SCHEMAS, SERVICES, containers, kind, load, name_of, overlay, pod_template, read, workloads

VERSIONS = ["1.31", "1.37"]
CUSTOM = {"ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PrometheusRule", "AlertmanagerConfig", "Gateway", "HTTPRoute"}
EVERY_CONTAINER = [
    pytest.param(item, template, container, id=f"{path}-{name_of(item)}-{container['name']}")
    for path in OVERLAYS[1:]
    for item, template in workloads(overlay(path))
    for container in containers(template)
]
EVERY_POD = [pytest.param(item, template, id=f"{path}-{name_of(item)}") for path in OVERLAYS[1:] for item, template in workloads(overlay(path))]


def test_applying_the_folder_gives_the_local_overlay():
    assert overlay("k8s") == overlay("k8s/overlays/local")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", OVERLAYS)
def test_every_object_fits_its_schema(path, version):
    for item in overlay(path):
        if item["kind"] in CUSTOM:
            jsonschema.validate(item, json.loads((SCHEMAS / f"{item['kind']}.json").read_text()))
        else:
            kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("path", OVERLAYS)
def test_names_are_unique_and_in_the_namespace(path):
    objects = overlay(path)
    names = [(item["apiVersion"].split("/")[0], name_of(item)) for item in objects]
    assert sorted(names) == sorted(set(names))
    for item in objects:
        if item["kind"] != "Namespace":
            assert item["metadata"]["namespace"] == "uptime", name_of(item)


@pytest.mark.parametrize(("item", "template", "container"), EVERY_CONTAINER)
def test_a_container_says_what_it_takes(item, template, container):
    for what in ("requests", "limits"):
        assert set(container["resources"][what]) == {"cpu", "memory"}


@pytest.mark.parametrize(("item", "template", "container"), EVERY_CONTAINER)
def test_a_container_has_no_rights(item, template, container):
    pod, own = template["spec"]["securityContext"], container["securityContext"]
    assert pod["runAsNonRoot"] is True and pod["runAsUser"] > 0 and pod["runAsGroup"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["allowPrivilegeEscalation"] is False
    assert own["readOnlyRootFilesystem"] is True
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not own.get("privileged")


@pytest.mark.parametrize(("item", "template"), EVERY_POD)
def test_a_pod_knows_nothing_of_its_cluster(item, template):
    spec = template["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert not any(spec.get(what) for what in ("hostNetwork", "hostPID", "hostIPC"))
    assert not any("hostPath" in volume for volume in spec.get("volumes", []))


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_long_running_containers_are_probed_where_they_listen(path):
    for item in kind(overlay(path), "Deployment", "StatefulSet"):
        for container in pod_template(item)["spec"]["containers"]:
            ports = {port["name"] for port in container["ports"]}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                how = container[probe]
                target = how.get("httpGet") or how.get("tcpSocket")
                assert target is None or target["port"] in ports, f"{name_of(item)}: {probe}"
            if container["name"] in SERVICES:
                assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
                assert container["startupProbe"]["httpGet"]["path"] == "/health/live"
                assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_a_rollout_may_take_as_long_as_the_job_that_it_waits_for(path):
    objects = overlay(path)
    jobs = {item["metadata"]["labels"]["app"]: item["spec"] for item in kind(objects, "Job")}
    waiting = set()
    for item in kind(objects, "Deployment"):
        if any(container["name"] == "wait-schema" for container in pod_template(item)["spec"].get("initContainers", [])):
            waiting.add(item["metadata"]["name"])
            assert item["spec"]["progressDeadlineSeconds"] >= jobs["migrate"]["activeDeadlineSeconds"], name_of(item)
    assert waiting == {"alerter", "processor", "user-service"}
    # A pod that starts its container anew keeps the log of the last attempt but one only, and loses all in the end.
    assert {spec["template"]["spec"]["restartPolicy"] for spec in jobs.values()} == {"Never"}


def env_of(objects, template, container):
    """The variables of a container, with their values as far as they are in these objects."""
    maps = {item["metadata"]["name"]: item.get("data", {}) for item in kind(objects, "ConfigMap")}
    given = {}
    for source in container.get("envFrom", []):
        given |= maps[source["configMapRef"]["name"]]
    for entry in container.get("env", []):
        given[entry["name"]] = entry.get("value", entry.get("valueFrom"))
    return given


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_programs_are_given_what_they_know_and_what_they_require(path):
    objects, seen = overlay(path), set()
    for item, template in workloads(objects):
        for container in containers(template):
            program = settings.program_of(container["image"], container.get("args", []))
            if program is None:
                continue
            seen.add(program)
            given = env_of(objects, template, container)
            where = f"{name_of(item)}/{container['name']}"
            assert set(given) - set(settings.of(program)) == set(), f"{where}: nobody reads these"
            assert settings.required(program) - set(given) == set(), f"{where}: it does not start without these"
    assert seen == {*SERVICES, "migrate", "topics", "wait-schema", "wait-topics"}


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_what_the_secret_holds_reaches_each_program_that_reads_it(path):
    objects = overlay(path)
    held = set(re.findall(r"^#?([A-Z_]+)=", read("k8s/overlays/production/secrets.env.example"), re.MULTILINE))
    for item in kind(objects, "Deployment", "StatefulSet"):
        template = pod_template(item)
        for container in containers(template):
            program = settings.program_of(container["image"], container.get("args", []))
            if program is not None:
                missing = held & set(settings.of(program)) - set(env_of(objects, template, container))
                assert missing == set(), f"{name_of(item)}/{container['name']}"


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_settings_that_several_share_agree(path):
    objects = overlay(path)
    maps = {re.sub(r"-[a-z0-9]{10}$", "", item["metadata"]["name"]): item["data"] for item in kind(objects, "ConfigMap")}
    for shared in ("SHARDS", "REGIONS"):
        assert maps["pinger"].get(shared) == maps["user-service"].get(shared), shared
    services = {item["metadata"]["name"]: {port["port"] for port in item["spec"]["ports"]} for item in kind(objects, "Service")}
    for values in maps.values():
        for url in (value for name, value in values.items() if name.endswith("_SERVICE_URL") or name in ("ALERTER_URL", "PINGER_URL")):
            host, port = re.fullmatch(r"http://([\w-]+):(\d+)", url).groups()
            assert int(port) in services[host]


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_secrets_that_are_referenced_are_known(path):
    objects = overlay(path)
    keys = {}
    for secret in kind(objects, "Secret"):
        keys[secret["metadata"]["name"]] = set(secret.get("data", {})) | set(secret.get("stringData", {}))
    if path.endswith("production"):
        keys["uptime-secrets"] = set(re.findall(r"^([A-Z_]+)=", read("k8s/overlays/production/secrets.env.example"), re.MULTILINE))
    references = []
    for item, template in workloads(objects):
        for container in containers(template):
            references += [(name_of(item), entry["valueFrom"]["secretKeyRef"]) for entry in container.get("env", []) if "secretKeyRef" in entry.get("valueFrom", {})]
    for item in kind(objects, "TriggerAuthentication"):
        references += [(name_of(item), reference) for reference in item["spec"]["secretTargetRef"]]
    for where, reference in references:
        assert reference.get("optional") or reference["key"] in keys[reference["name"]], f"{where}: {reference}"


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_config_maps_and_claims_that_are_mounted_exist(path):
    objects = overlay(path)
    names = {(item["kind"], item["metadata"]["name"]) for item in objects}
    if path.endswith("production"):
        names |= {(item["kind"], item["metadata"]["name"]) for item in overlay("k8s/overlays/production/kept")}
    for item, template in workloads(objects):
        for volume in template["spec"].get("volumes", []):
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in names
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in names
        mounted = {volume["name"] for volume in template["spec"].get("volumes", [])}
        mounted |= {claim["metadata"]["name"] for claim in item["spec"].get("volumeClaimTemplates", [])}
        for container in containers(template):
            for mount in container.get("volumeMounts", []):
                assert mount["name"] in mounted, name_of(item)
        account = template["spec"].get("serviceAccountName")
        assert account is None or ("ServiceAccount", account) in names


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_ports_of_services_exist_in_their_pods(path):
    objects = overlay(path)
    for service in kind(objects, "Service"):
        selector = service["spec"]["selector"].items()
        pods = [template for _, template in workloads(objects) if selector <= template["metadata"]["labels"].items()]
        assert len(pods) == 1, name_of(service)
        named = {port["name"]: port["containerPort"] for container in pods[0]["spec"]["containers"] for port in container["ports"]}
        for port in service["spec"]["ports"]:
            assert named.get(port["targetPort"]) == port["port"], name_of(service)
        listens = env_of(objects, pods[0], pods[0]["spec"]["containers"][0])
        for variable, port in (("HTTP_ADDR", "http"), ("OPS_ADDR", "ops")):
            assert variable not in listens or listens[variable] == f"0.0.0.0:{named[port]}"


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_selectors_find_something(path):
    objects = overlay(path)
    labels = [template["metadata"]["labels"] for _, template in workloads(objects)]
    for item in kind(objects, "PodDisruptionBudget"):
        assert any(item["spec"]["selector"]["matchLabels"].items() <= label.items() for label in labels), name_of(item)
    assert {item["metadata"]["name"] for item in kind(objects, "PodDisruptionBudget")} == set(SERVICES)
    for item in kind(objects, "Deployment"):
        assert item["spec"]["selector"]["matchLabels"].items() <= pod_template(item)["metadata"]["labels"].items()
    for item in kind(objects, "ServiceMonitor"):
        for endpoint in item["spec"]["endpoints"]:
            for service in kind(objects, "Service"):
                wanted = item["spec"]["selector"]
                value = service["metadata"]["labels"]["app"]
                chosen = wanted.get("matchLabels", {}).get("app") == value or any(value in e["values"] for e in wanted.get("matchExpressions", []))
                assert not chosen or endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}


# How long each service takes to end at the most, in seconds: the deadlines of its drain, as its sources name them, and
# how often each applies.
DRAINS = {
    "pinger": [("pinger/src/lease/mod.rs", "LEAVE_DEADLINE", 1), ("pinger/src/service.rs", "FLUSH_DEADLINE", 1), ("pinger/src/service.rs", "STOP_DEADLINE", 5)],
    "gateway": [("gateway/src/lib.rs", "DRAIN", 1)],
    "user-service": [("user-service/src/service.rs", "DRAIN_SECONDS", 1), ("user-service/src/service.rs", "OUTBOX_DRAIN", 1)],
    # Writes are given up one DRAIN after the signal, sends one after that.
    "alerter": [
        ("alerter/src/engine/mod.rs", "DRAIN", 2),
        ("alerter/src/engine/mod.rs", "LEAVE", 3),
        ("alerter/src/http.rs", "STOP_WITHIN_SECONDS", 1),
    ],
    # The schedule ends, work that does not end is broken off, and the results and the alert events each leave their group.
    "processor": [("processor/src/settings.rs", "DRAIN_WITHIN", 1), ("processor/src/service.rs", "LEAVE_WITHIN", 4)],
}


def drain_seconds(service):
    """The sum of a service's deadlines."""
    total = 2  # shared::service waits that long for blocking calls
    for path, name, times in DRAINS[service]:
        seconds = re.search(rf"const {name}: \w+ = (?:Duration::from_secs\()?(\d+)\)?;", read(path)).group(1)
        total += times * int(seconds)
    if service == "pinger":
        total += int(settings.of("pinger")["DRAIN_TIMEOUT_MS"].default) // 1_000
    return total


@pytest.mark.parametrize("path", OVERLAYS[1:])
def test_rolling_updates_lose_nothing(path):
    objects = overlay(path)
    for item in kind(objects, "Deployment"):
        name, spec = item["metadata"]["name"], pod_template(item)["spec"]
        assert item["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}, name
        (container,) = spec["containers"]
        # Who is asked by others goes on while they learn that it goes.
        asked = any(service["metadata"]["name"] == name for service in kind(objects, "Service")) and name != "processor"
        hook = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
        assert hook[0] == "sleep" and (int(hook[1]) >= 5) == asked, name
        assert spec["terminationGracePeriodSeconds"] >= int(hook[1]) + drain_seconds(name) + 5, name
        assert len(spec["topologySpreadConstraints"]) == 2
    for item in kind(objects, "PodDisruptionBudget"):
        assert item["spec"]["maxUnavailable"] == 1, name_of(item)


def test_compose_waits_as_long_as_services_drain():
    for name, service in load("docker-compose.yml")["services"].items():
        if name in SERVICES:
            assert int(service["stop_grace_period"].removesuffix("s")) >= drain_seconds(name) + 5, name


def test_production_scales_what_says_no_number_of_replicas():
    objects = overlay("k8s/overlays/production")
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in kind(objects, "HorizontalPodAutoscaler", "ScaledObject")}
    assert scaled == {"gateway", "pinger", "processor", "alerter"}
    for item in kind(objects, "Deployment"):
        assert ("replicas" in item["spec"]) == (item["metadata"]["name"] not in scaled), name_of(item)


def test_production_reads_the_topics_and_brokers_that_are_configured():
    objects = overlay("k8s/overlays/production")
    kafka = next(item["data"] for item in kind(objects, "ConfigMap") if item["metadata"]["name"].startswith("kafka-"))
    topics = read("shared/src/kafka/mod.rs")
    for item in kind(objects, "ScaledObject"):
        (trigger,) = item["spec"]["triggers"]
        assert trigger["metadata"]["bootstrapServers"] == kafka["KAFKA_BROKERS"]
        assert f'self.named("{trigger["metadata"]["topic"]}")' in topics
        assert item["spec"]["maxReplicaCount"] <= int(kafka["KAFKA_PARTITIONS"])
    assert kafka["KAFKA_SECURITY_PROTOCOL"] == "sasl_ssl"
    assert int(kafka["KAFKA_REPLICATION"]) >= 3
    example = read("k8s/overlays/production/secrets.env.example")
    assert "sslmode=require" in example and "REDIS_URL=rediss://" in example


def test_local_passwords_agree():
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", read("k8s/overlays/local/secrets.env"), re.MULTILINE))
    assert f":{values['POSTGRES_PASSWORD']}@postgres:5432/" in values["DATABASE_URL"]
    assert f":{values['REDIS_PASSWORD']}@redis:6379" in values["REDIS_URL"]
    assert len(values["JWT_SECRET"]) >= 32 and len(values["INTERNAL_API_KEY"]) >= 32


def test_servers_have_one_version_everywhere():
    compose = {service["image"] for service in load("docker-compose.yml")["services"].values()}
    # What copies backups is not in compose; it has one version as well.
    compose.add("rclone/rclone:1.71.0")
    for path in OVERLAYS[1:]:
        for item, template in workloads(overlay(path)):
            for container in containers(template):
                image = container["image"]
                assert not image.endswith(":latest") and ":" in image
                if "/uptime-monitor/" not in image and not image.startswith("uptime/"):
                    assert image in compose, f"{name_of(item)}: {image}"


def test_files_are_plain_yaml():
    for path in sorted((ROOT / "k8s").rglob("*.yaml")):
        assert list(yaml.safe_load_all(path.read_text())), path
