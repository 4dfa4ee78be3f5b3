"""The servers beside the product, in docker compose and in the local overlay: PostgreSQL, Redis and Kafka."""

import re
import socket
import struct
import threading

import pytest

from project import ROOT, containers, kind, load, overlay, pod_template, read, run

PROBE = str(ROOT / "k8s/overlays/local/kafka/probe.sh")
MEGA = 1024 * 1024
UNITS = {"M": MEGA, "G": 1024 * MEGA, "Mi": MEGA, "Gi": 1024 * MEGA, "mb": MEGA, "gb": 1024 * MEGA, "MB": MEGA}


def size(text):
    """Bytes of a quantity."""
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * UNITS[unit]


def pod(name):
    """The pods of a server in the local overlay."""
    (found,) = [pod_template(item) for item in kind(overlay("k8s/overlays/local"), "StatefulSet") if item["metadata"]["name"] == name]
    return found


def compose(name):
    return load("docker-compose.yml")["services"][name]


def broker(answer):
    """A socket that takes one connection, reads a request and answers; its port, and what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)
    got = []

    def serve():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(20)
            (length,) = struct.unpack(">i", connection.recv(4, socket.MSG_WAITALL))
            got.append(connection.recv(length, socket.MSG_WAITALL))
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return listener, thread, got


def probe(answer):
    """Whether the probe is content with an answer, and what it has asked."""
    listener, thread, got = broker(answer)
    try:
        code, _ = run("bash", PROBE, str(listener.getsockname()[1]))
        thread.join(20)
    finally:
        listener.close()
    return code == 0, got


def test_a_broker_that_answers_is_well():
    body = struct.pack(">ihihhh", 1, 0, 1, 18, 0, 4)
    well, (request,) = probe(struct.pack(">i", len(body)) + body)
    assert well
    key, version, correlation, length = struct.unpack(">hhih", request[:10])
    assert (key, version, correlation, request[10:]) == (18, 0, 1, b"probe") and length == len(b"probe")


@pytest.mark.parametrize("answer", [
    b"",
    struct.pack(">iih", 6, 1, 35),  # an error
    struct.pack(">iih", 6, 2, 0),  # the answer to something else
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
], ids=["silence", "error", "another", "http"])
def test_what_is_no_answer_is_none(answer):
    assert probe(answer)[0] is False


def test_a_broker_that_is_not_there_is_not_well():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert run("bash", PROBE, str(port))[0] != 0


def test_kafka_is_probed_by_it_everywhere():
    (kafka,) = pod("kafka")["spec"]["containers"]
    (mount,) = [mount["mountPath"] for mount in kafka["volumeMounts"] if mount["name"] == "config"]
    command = ["bash", f"{mount}/probe.sh"]
    assert kafka["startupProbe"]["exec"]["command"] == kafka["readinessProbe"]["exec"]["command"] == command
    assert compose("kafka")["healthcheck"]["test"] == ["CMD", *command]
    assert f"./k8s/overlays/local/kafka:{mount}:ro" in compose("kafka")["volumes"]
    (scripts,) = [item["data"] for item in kind(overlay("k8s/overlays/local"), "ConfigMap") if item["metadata"]["name"].startswith("kafka-server-")]
    assert scripts["probe.sh"] == read("k8s/overlays/local/kafka/probe.sh")


def test_redis_has_twice_the_memory_of_its_keys():
    (redis,) = pod("redis")["spec"]["containers"]
    for command, limit in ((redis["command"], redis["resources"]["limits"]["memory"]), (compose("redis")["command"], compose("redis")["deploy"]["resources"]["limits"]["memory"])):
        assert "--maxmemory-policy noeviction" in command[-1]
        assert 2 * size(re.search(r"--maxmemory (\w+)", command[-1]).group(1)) <= size(limit)


def test_postgresql_has_room_for_parallel_queries():
    spec = pod("postgres")["spec"]
    (name,) = [mount["name"] for mount in spec["containers"][0]["volumeMounts"] if mount["mountPath"] == "/dev/shm"]
    (volume,) = [volume["emptyDir"] for volume in spec["volumes"] if volume["name"] == name]
    assert volume["medium"] == "Memory" and size(volume["sizeLimit"]) == size(compose("postgres")["shm_size"].upper()) >= 256 * MEGA
    # With its buffers it stays within the limit.
    buffers = re.search(r"shared_buffers=(\w+)", " ".join(spec["containers"][0]["args"])).group(1)
    assert size(volume["sizeLimit"]) + size(buffers) < size(spec["containers"][0]["resources"]["limits"]["memory"])


def test_images_of_ours_are_built_and_never_pulled():
    for service in load("docker-compose.yml")["services"].values():
        ours = service["image"].startswith("uptime/")
        # `build` would build at every up and run, also what a runbook runs once, of whatever is checked out there.
        assert service.get("pull_policy") == ("never" if ours else None) and ("build" in service) == ours, service["image"]
    for item in kind(overlay("k8s/overlays/local"), "Deployment", "Job"):
        assert {container["imagePullPolicy"] for container in containers(pod_template(item))} == {"Never"}
