"""NetworkPolicies as packet filter rules; each test gives the whole chain of one pod."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from testnode.policy_objects import Cluster, Namespace, NetworkPolicy, Pod
from testnode.policy_rules import filter_rules

Object = dict[str, object]
REJECT = "-j REJECT"

WEB = "10.42.0.10"
CLIENT = "10.42.0.11"
DNS = "10.42.0.2"


def _pod(name: str, address: str, namespace: str = "lab", **status: str) -> Pod:
    ports = [
        {"name": "http", "containerPort": 8080},
        {"name": "dns", "containerPort": 53, "protocol": "UDP"},
    ]
    return Pod.model_validate(
        {
            "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "ports": ports}]},
            "status": {"podIP": address, "phase": "Running"} | status,
        }
    )


PODS = (_pod("web", WEB), _pod("client", CLIENT), _pod("dns", DNS, "kube-system"))
SPACES = tuple(
    Namespace.model_validate({"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}})
    for name in ("lab", "kube-system")
)


def _policy(
    app: str | None, *, ingress: Sequence[Object] | None = None, egress: Sequence[Object] | None = None
) -> NetworkPolicy:
    rules = {"ingress": ingress, "egress": egress}
    selector: Object = {"matchLabels": {"app": app}} if app else {}
    types = [name.capitalize() for name, value in rules.items() if value is not None]
    given = {name: value for name, value in rules.items() if value is not None}
    return NetworkPolicy.model_validate(
        {"metadata": {"name": "p", "namespace": "lab"}, "spec": {"podSelector": selector, "policyTypes": types} | given}
    )


def _rules(*policies: NetworkPolicy, pods: Sequence[Pod] = PODS) -> list[str]:
    cluster = Cluster(pods=tuple(pods), namespaces=SPACES, policies=policies)
    return filter_rules(cluster).splitlines()


def _chain(address: str, way: str, *policies: NetworkPolicy) -> list[str] | None:
    """Return what the chain of a pod does, or None when the pod is not isolated in that direction."""
    lines = _rules(*policies)
    for line in lines:
        if line.startswith(f"-A LAB-POLICY {way} {address} -j "):
            prefix = f"-A {line.split()[-1]} "
            return [rule.removeprefix(prefix) for rule in lines if rule.startswith(prefix)]
    return None


def test_without_policies_everything_passes() -> None:
    assert _rules() == [
        "*filter",
        ":LAB-POLICY - [0:0]",
        ":LAB-POLICY-NODE - [0:0]",
        "-A LAB-POLICY -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        "-A LAB-POLICY-NODE -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        "COMMIT",
    ]


def test_default_deny_isolates_the_pods_of_its_namespace_in_both_directions() -> None:
    assert _rules(_policy(None, ingress=[], egress=[])) == [
        "*filter",
        ":LAB-POLICY - [0:0]",
        ":LAB-POLICY-NODE - [0:0]",
        ":LAB-EGRESS-0 - [0:0]",
        ":LAB-INGRESS-0 - [0:0]",
        ":LAB-EGRESS-1 - [0:0]",
        ":LAB-INGRESS-1 - [0:0]",
        "-A LAB-POLICY -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        f"-A LAB-POLICY -s {WEB} -j LAB-EGRESS-0",
        f"-A LAB-POLICY -s {CLIENT} -j LAB-EGRESS-1",
        f"-A LAB-POLICY -d {WEB} -j LAB-INGRESS-0",
        f"-A LAB-POLICY -d {CLIENT} -j LAB-INGRESS-1",
        "-A LAB-POLICY-NODE -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        f"-A LAB-POLICY-NODE -s {WEB} -j LAB-EGRESS-0",
        f"-A LAB-POLICY-NODE -s {CLIENT} -j LAB-EGRESS-1",
        "-A LAB-EGRESS-0 -j REJECT",
        "-A LAB-INGRESS-0 -j REJECT",
        "-A LAB-EGRESS-1 -j REJECT",
        "-A LAB-INGRESS-1 -j REJECT",
        "COMMIT",
    ]


def test_a_direction_that_no_policy_names_stays_open() -> None:
    policy = _policy("web", ingress=[])
    assert (_chain(WEB, "-d", policy), _chain(WEB, "-s", policy)) == ([REJECT], None)


def test_a_pod_that_no_policy_selects_stays_open() -> None:
    assert _chain(CLIENT, "-d", _policy("web", ingress=[])) is None


@pytest.mark.parametrize(
    "selector",
    [
        {"matchLabels": {"app": "client"}},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["client", "other"]}]},
        {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]},
    ],
)
def test_a_selector_names_pods_of_the_policys_own_namespace(selector: Object) -> None:
    policy = _policy("web", ingress=[{"from": [{"podSelector": selector}]}])
    assert _chain(WEB, "-d", policy) == [f"-s {CLIENT} -j RETURN", REJECT]


@pytest.mark.parametrize(
    ("requirement", "selected"),
    [
        ({"key": "app", "operator": "Exists"}, [WEB, CLIENT]),
        ({"key": "app", "operator": "DoesNotExist"}, []),
        ({"key": "tier", "operator": "NotIn", "values": ["x"]}, [WEB, CLIENT]),
    ],
)
def test_a_label_that_is_missing_counts(requirement: Object, selected: list[str]) -> None:
    policy = _policy("web", ingress=[{"from": [{"podSelector": {"matchExpressions": [requirement]}}]}])
    assert _chain(WEB, "-d", policy) == [*(f"-s {address} -j RETURN" for address in selected), REJECT]


def test_an_empty_pod_selector_names_every_pod_of_the_namespace() -> None:
    policy = _policy("web", ingress=[{"from": [{"podSelector": {}}]}])
    assert _chain(WEB, "-d", policy) == [f"-s {WEB} -j RETURN", f"-s {CLIENT} -j RETURN", REJECT]


def test_a_namespace_selector_names_all_pods_of_other_namespaces() -> None:
    space = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    assert _chain(WEB, "-s", _policy("web", egress=[{"to": [space]}])) == [f"-d {DNS} -j RETURN", REJECT]


def test_both_selectors_of_one_peer_must_hold() -> None:
    space = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    peer = {"namespaceSelector": space, "podSelector": {"matchLabels": {"app": "web"}}}
    assert _chain(WEB, "-s", _policy("web", egress=[{"to": [peer]}])) == [REJECT]


def test_two_peers_are_alternatives() -> None:
    peers = [{"podSelector": {"matchLabels": {"app": "client"}}}, {"ipBlock": {"cidr": "192.0.2.0/24"}}]
    assert _chain(WEB, "-d", _policy("web", ingress=[{"from": peers}])) == [
        f"-s {CLIENT} -j RETURN",
        "-s 192.0.2.0/24 -j RETURN",
        REJECT,
    ]


def test_two_policies_permit_what_either_permits() -> None:
    first = _policy("web", ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}])
    second = _policy("web", ingress=[{"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}])
    assert _chain(WEB, "-d", first, second) == [f"-s {CLIENT} -j RETURN", "-s 192.0.2.0/24 -j RETURN", REJECT]


@pytest.mark.parametrize("rule", [{}, {"from": []}])
def test_a_rule_without_peers_permits_everyone(rule: Object) -> None:
    assert _chain(WEB, "-d", _policy("web", ingress=[rule])) == ["-s 0.0.0.0/0 -j RETURN", REJECT]


@pytest.mark.parametrize(
    ("port", "match"),
    [
        ({"port": 8080}, " -p tcp --dport 8080"),
        ({"port": 53, "protocol": "UDP"}, " -p udp --dport 53"),
        ({"port": 8000, "endPort": 8010}, " -p tcp --dport 8000:8010"),
        ({"protocol": "UDP"}, " -p udp"),
        ({"port": "http"}, " -p tcp --dport 8080"),
        ({"port": "dns", "protocol": "UDP"}, " -p udp --dport 53"),
    ],
)
def test_a_port_is_that_of_the_receiving_pod(port: Object, match: str) -> None:
    peer = {"podSelector": {"matchLabels": {"app": "client"}}}
    inwards = _policy("web", ingress=[{"from": [peer], "ports": [port]}])
    outwards = _policy("web", egress=[{"to": [peer], "ports": [port]}])
    assert _chain(WEB, "-d", inwards) == [f"-s {CLIENT}{match} -j RETURN", REJECT]
    assert _chain(WEB, "-s", outwards) == [f"-d {CLIENT}{match} -j RETURN", REJECT]


@pytest.mark.parametrize("port", [{"port": "unknown"}, {"port": "dns", "protocol": "TCP"}])
def test_a_named_port_that_the_receiver_does_not_declare_permits_nothing(port: Object) -> None:
    assert _chain(WEB, "-d", _policy("web", ingress=[{"ports": [port]}])) == [REJECT]


def test_a_named_port_means_nothing_outside_the_cluster() -> None:
    block = {"ipBlock": {"cidr": "192.0.2.0/24"}}
    assert _chain(WEB, "-s", _policy("web", egress=[{"to": [block], "ports": [{"port": "http"}]}])) == [REJECT]


def test_a_block_is_permitted_without_its_exceptions() -> None:
    block = {"cidr": "10.0.0.0/8", "except": ["10.128.0.0/9", "10.64.0.0/10"]}
    policy = _policy("web", egress=[{"to": [{"ipBlock": block}], "ports": [{"port": 443}]}])
    assert _chain(WEB, "-s", policy) == ["-d 10.0.0.0/10 -p tcp --dport 443 -j RETURN", REJECT]


def test_exceptions_that_overlap_or_lie_outside_change_nothing_else() -> None:
    block = {"cidr": "203.0.113.0/24", "except": ["203.0.113.0/25", "203.0.113.0/26", "10.0.0.0/8"]}
    policy = _policy("web", egress=[{"to": [{"ipBlock": block}]}])
    assert _chain(WEB, "-s", policy) == ["-d 203.0.113.128/25 -j RETURN", REJECT]


def test_a_block_of_ipv6_addresses_permits_nothing_here() -> None:
    blocks = [
        {"ipBlock": {"cidr": "2001:db8::/32"}},
        {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["2001:db8::/32"]}},
    ]
    assert _chain(WEB, "-s", _policy("web", egress=[{"to": blocks}])) == ["-d 192.0.2.0/24 -j RETURN", REJECT]


@pytest.mark.parametrize("status", [{"phase": "Succeeded"}, {"phase": "Failed"}, {"podIP": ""}])
def test_a_pod_without_an_address_of_its_own_has_no_chain(status: dict[str, str]) -> None:
    lines = _rules(_policy(None, ingress=[]), pods=[_pod("web", WEB, **status)])
    assert not any("LAB-INGRESS" in line for line in lines)


def test_a_pod_on_the_nodes_network_has_no_chain() -> None:
    pod = _pod("web", WEB)
    lines = _rules(
        _policy(None, ingress=[]),
        pods=[pod.model_copy(update={"spec": pod.spec.model_copy(update={"host_network": True})})],
    )
    assert not any("LAB-INGRESS" in line for line in lines)
