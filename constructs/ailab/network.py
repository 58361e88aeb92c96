"""Who may talk to whom. `connect` is the only maker of rules; whatever it was not asked for is denied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# The Internet without what is not public: private networks, the metadata service of clouds (it hands out the droplet's
# user data), the tailnet's addresses (RFC 1918, 3927, 6598) and loopback, multicast and reserved blocks.
NOT_THE_INTERNET: Final = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
DNS_PORT: Final = 53
HTTP: Final = 80  # of the ingress Service
HTTPS: Final = 443
NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"  # which Kubernetes itself gives every namespace


@dataclass(frozen=True)
class Outside:
    """Something that is no pod of the lab; `peers` is how a NetworkPolicy names it."""

    name: str
    peers: tuple[Mapping[str, object], ...]


INTERNET: Final = Outside("internet", ({"ipBlock": {"cidr": "0.0.0.0/0", "except": list(NOT_THE_INTERNET)}},))
# Any address: kube-proxy has translated the Service's address before the policy sees the packet, and the node's own
# address is unknown when manifests are made. The port is what limits it.
API_SERVER: Final = Outside("api-server", ({"ipBlock": {"cidr": "0.0.0.0/0"}},))
# No peer: a node may always reach its own pods, no policy can forbid or need allow it
# (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
NODE: Final = Outside("node", ())
DNS: Final = Outside(
    "dns",
    (
        {
            "namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        },
    ),
)
DATABASE: Final = "database"  # a PostgreSQL server that is there already
# tailscaled forwards from the node that it runs on, and a policy lets a pod's own node in, no other.
DOOR_LABEL: Final = {"ailab/tailnet-door": "true"}
CONTROLLER: Final = "ingress-controller"  # one that the cluster has already


def database_at(network: str) -> Outside:
    """Name a server by its addresses, which may be private ones."""
    return Outside(DATABASE, ({"ipBlock": {"cidr": network}},))


def controller_in(namespace: str) -> Outside:
    """Name a controller by its namespace: which labels its pods have is its maker's business."""
    return Outside(CONTROLLER, ({"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: namespace}}},))


@dataclass(frozen=True)
class Edge:
    """One permitted direction, from the point of view of one of its ends."""

    other: str
    peers: tuple[Mapping[str, object], ...]
    port: int
    why: str


@dataclass
class Endpoint:
    """The pods of one workload, with the edges that they have been given."""

    name: str
    labels: Mapping[str, str]
    namespace: str
    outgoing: list[Edge] = field(default_factory=list)
    incoming: list[Edge] = field(default_factory=list)

    def peers(self, namespace: str) -> tuple[Mapping[str, object], ...]:
        """How a NetworkPolicy of a namespace names these pods."""
        pods = {"podSelector": {"matchLabels": dict(self.labels)}}
        if namespace == self.namespace:
            return (pods,)
        return ({"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: self.namespace}}, **pods},)

    def policy(self) -> dict[str, object]:
        """Make the body of the NetworkPolicy of these pods: both directions closed but for the edges."""
        spec: dict[str, object] = {
            "podSelector": {"matchLabels": dict(self.labels)},
            "policyTypes": ["Ingress", "Egress"],
        }
        if incoming := [{"from": list(edge.peers), "ports": _tcp(edge.port)} for edge in self.incoming if edge.peers]:
            spec["ingress"] = incoming
        if outgoing := [{"to": list(edge.peers), "ports": _tcp(edge.port)} for edge in self.outgoing]:
            spec["egress"] = [*outgoing, _names()]
        return {"spec": spec}

    def reasons(self) -> dict[str, str]:
        """Give each edge's reason as an annotation, since YAML that is applied keeps no comments."""
        incoming = {f"ailab/from-{edge.other}-{edge.port}": edge.why for edge in self.incoming}
        return incoming | {f"ailab/to-{edge.other}-{edge.port}": edge.why for edge in self.outgoing}


def connect(source: Endpoint | Outside, target: Endpoint | Outside, port: int, why: str) -> None:
    """Let `source` open TCP connections to `port` of `target`, for the reason `why`.

    Both ends are told: with both directions denied by default, half an edge is none.
    """
    if isinstance(source, Endpoint):
        source.outgoing.append(Edge(target.name, _peers(target, source.namespace), port, why))
    if isinstance(target, Endpoint):
        target.incoming.append(Edge(source.name, _peers(source, target.namespace), port, why))


def _peers(end: Endpoint | Outside, namespace: str) -> tuple[Mapping[str, object], ...]:
    return end.peers(namespace) if isinstance(end, Endpoint) else end.peers


def _tcp(port: int) -> list[dict[str, object]]:
    return [{"port": port, "protocol": "TCP"}]


def _names() -> dict[str, object]:
    """Make the rule that lets a pod look up names: whoever connects to a Service must."""
    return {
        "to": list(DNS.peers),
        "ports": [{"port": DNS_PORT, "protocol": "UDP"}, {"port": DNS_PORT, "protocol": "TCP"}],
    }
