"""Who may talk to whom: the NetworkPolicies are the arrows of the design, no more and no less."""

import ipaddress

import pytest

from project import OVERLAYS, containers, kind, name_of, overlay, workloads

# docs/ARCHITECTURE.md's map. The gateway asks an alerter to send a test message, and a pinger for a check.
SERVICE_ARROWS = {
    ("gateway", "user-service"),
    ("gateway", "alerter"),
    ("gateway", "pinger"),
    ("pinger", "user-service"),
    ("alerter", "user-service"),
}
STORE_ARROWS = {
    "gateway": {"redis", "kafka"},
    "user-service": {"postgres", "redis", "kafka"},
    "processor": {"postgres", "redis", "kafka"},
    "alerter": {"postgres", "redis", "kafka"},
    "pinger": {"redis", "kafka"},
    "migrate": {"postgres"},
    "topics": {"kafka"},
    "backup": {"postgres"},
    "restore-check": set(),
    "restored": {"postgres", "redis", "kafka"},
}
LOCAL_PORTS = {"postgres": 5432, "redis": 6379, "kafka": 9092}
MANAGED_PORTS = {"postgres": 5432, "redis": 6380, "kafka": 9093}
INTERNET = {"pinger", "alerter", "user-service", "backup", "restore-check"}
# Of these, those that reach object storage and nothing else there.
STORAGE = {"backup", "restore-check"}
INNER = ["10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "fd00::1", "fe80::1", "::1"]


def selects(selector, labels):
    """Whether a label selector matches."""
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


class Network:
    """The pods of an overlay, and what its policies let through."""

    def __init__(self, objects):
        self.pods = {template["metadata"]["labels"]["app"]: template for _, template in workloads(objects)}
        self.policies = kind(objects, "NetworkPolicy")

    def of(self, pod, direction):
        labels = self.pods[pod]["metadata"]["labels"]
        return [policy for policy in self.policies if direction in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], labels)]

    def number(self, pod, port):
        """A port's number; by its name in the pod."""
        named = {p["name"]: p["containerPort"] for c in containers(self.pods[pod]) for p in c.get("ports", [])}
        return named[port] if isinstance(port, str) else port

    def rules(self, pod, direction):
        """The rules for a pod, without DNS."""
        key = "from" if direction == "Ingress" else "to"
        for policy in self.of(pod, direction):
            if policy["metadata"]["name"] != "dns":
                for rule in policy["spec"].get(direction.lower(), []):
                    yield rule.get(key), rule.get("ports")

    def arrows(self, direction):
        """(pod, other pod, port on the head of the arrow) within the overlay."""
        found = set()
        for pod in self.pods:
            for peers, ports in self.rules(pod, direction):
                for peer in peers or []:
                    if "podSelector" not in peer or "namespaceSelector" in peer:
                        continue
                    for other, template in self.pods.items():
                        if selects(peer["podSelector"], template["metadata"]["labels"]):
                            head = other if direction == "Egress" else pod
                            found |= {(pod, other, self.number(head, port["port"])) for port in ports}
        return found


@pytest.fixture(scope="module", params=OVERLAYS[1:])
def network(request):
    return Network(overlay(request.param)), request.param


def expected(network, path):
    arrows = set()
    for tail, head in SERVICE_ARROWS:
        arrows.add((tail, head, network.number(head, "http")))
    if path.endswith("local"):
        for tail, heads in STORE_ARROWS.items():
            if tail in network.pods:
                arrows |= {(tail, head, LOCAL_PORTS[head]) for head in heads}
    return arrows


def test_everything_else_is_refused(network):
    policies, _ = network
    deny = next(policy for policy in policies.policies if policy["metadata"]["name"] == "default-deny")
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_egress_is_the_design(network):
    policies, path = network
    assert policies.arrows("Egress") == expected(policies, path)


def test_ingress_is_the_design(network):
    policies, path = network
    reached = {(tail, head, port) for head, tail, port in policies.arrows("Ingress")}
    assert reached == expected(policies, path)


def test_only_the_gateway_is_open_to_others(network):
    policies, path = network
    for pod in policies.pods:
        for peers, ports in policies.rules(pod, "Ingress"):
            if peers is None:
                assert pod == "gateway" and path.endswith("local")
                assert ports == [{"port": "http"}]
            for peer in peers or []:
                if "namespaceSelector" in peer:
                    (namespace,) = peer["namespaceSelector"]["matchLabels"].values()
                    numbers = {policies.number(pod, port["port"]) for port in ports}
                    if namespace == "envoy-gateway-system":
                        assert (pod, numbers) == ("gateway", {8080})
                    else:
                        assert namespace == "monitoring"
                        assert numbers == {9080 if pod == "gateway" else policies.number(pod, "http")}
                assert "ipBlock" not in peer


def test_the_way_out_is_open_to_those_who_need_it_and_not_inwards(network):
    policies, path = network
    for pod in policies.pods:
        for peers, ports in policies.rules(pod, "Egress"):
            assert peers, f"{pod} may go anywhere"
            for peer in peers:
                block = peer.get("ipBlock")
                if not block:
                    continue
                whole = ipaddress.ip_network(block["cidr"])
                if whole.prefixlen == 0:
                    assert pod in INTERNET
                    assert pod not in STORAGE or ports == [{"port": 443}]
                    excepted = [ipaddress.ip_network(part) for part in block["except"]]
                    for text in INNER:
                        address = ipaddress.ip_address(text)
                        if address.version == whole.version:
                            assert any(address in part for part in excepted), text
                else:
                    assert path.endswith("production") and whole.is_private
                    numbers = {port["port"] for port in ports}
                    assert numbers == {MANAGED_PORTS[head] for head in STORE_ARROWS[pod]}, pod


def test_every_pod_of_a_policy_exists(network):
    policies, _ = network
    for policy in policies.policies:
        selector = policy["spec"]["podSelector"]
        if policy["metadata"]["name"] == "acme-solver":
            continue  # Its pods are cert-manager's.
        assert any(selects(selector, template["metadata"]["labels"]) for template in policies.pods.values()), name_of(policy)


def test_stores_reach_nobody(network):
    policies, _ = network
    for pod in {"postgres", "redis", "kafka"} & set(policies.pods):
        assert list(policies.rules(pod, "Egress")) == []


def test_names_are_resolved_wherever_the_cluster_does_it(network):
    policies, _ = network
    (dns,) = [policy["spec"] for policy in policies.policies if policy["metadata"]["name"] == "dns"]
    assert dns["podSelector"] == {} and dns["policyTypes"] == ["Egress"]
    ways = {}
    for rule in dns["egress"]:
        ports = {(port["port"], port["protocol"]) for port in rule["ports"]}
        for peer in rule["to"]:
            where = peer["ipBlock"]["cidr"] if "ipBlock" in peer else peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            assert "ipBlock" in peer or peer["podSelector"]["matchLabels"], "a namespace as a whole"
            ways[where] = ports
    on_53, on_5353 = {(53, "UDP"), (53, "TCP")}, {(5353, "UDP"), (5353, "TCP")}
    assert ways == {"kube-system": on_53, "169.254.20.10/32": on_53, "openshift-dns": on_5353}


def test_names_can_be_proven_though_everything_else_is_refused():
    (solver,) = [policy["spec"] for policy in Network(overlay("k8s/overlays/production")).policies if policy["metadata"]["name"] == "acme-solver"]
    assert solver["podSelector"]["matchLabels"] == {"acme.cert-manager.io/http01-solver": "true"}
    (rule,) = solver["ingress"]
    assert rule["ports"] == [{"port": 8089}] and "namespaceSelector" in rule["from"][0]
