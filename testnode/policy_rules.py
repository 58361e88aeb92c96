"""From NetworkPolicies to packet filter rules: a pure function.

What the policies mean: https://kubernetes.io/docs/concepts/services-networking/network-policies/
Replies to permitted connections pass, and the node itself always reaches its pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import Literal

from testnode.policy_objects import AddressBlock, Cluster, NetworkPolicy, Peer, Pod, PolicyPort, Rule

Direction = Literal["Egress", "Ingress"]

FORWARDED = "LAB-POLICY"
"""Chain for packets between pods, and between pods and other machines."""
TO_NODE = "LAB-POLICY-NODE"
"""Chain for packets from pods to the node's own addresses, such as the API server's."""
REPLIES = "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class _Chain:
    """What one isolated pod may do in one direction; all else is rejected."""

    name: str
    direction: Direction
    address: str
    permitted: tuple[str, ...]

    @property
    def entry(self) -> str:
        """The match that leads the pod's packets here."""
        return f"{'-s' if self.direction == 'Egress' else '-d'} {self.address} -j {self.name}"


def filter_rules(cluster: Cluster) -> str:
    """Return what `iptables-restore --noflush` takes to enforce all policies of the cluster."""
    chains = list(_chains(cluster))
    egress = [chain.entry for chain in chains if chain.direction == "Egress"]
    ingress = [chain.entry for chain in chains if chain.direction == "Ingress"]
    lines = ["*filter"]
    lines += [f":{name} - [0:0]" for name in (FORWARDED, TO_NODE, *(chain.name for chain in chains))]
    lines += [f"-A {FORWARDED} {rule}" for rule in (REPLIES, *egress, *ingress)]
    lines += [f"-A {TO_NODE} {rule}" for rule in (REPLIES, *egress)]
    for chain in chains:
        lines += [f"-A {chain.name} {match} -j RETURN" for match in chain.permitted]
        lines.append(f"-A {chain.name} -j REJECT")
    return "\n".join([*lines, "COMMIT", ""])


def _chains(cluster: Cluster) -> Iterator[_Chain]:
    pods = sorted((pod for pod in cluster.pods if pod.has_own_address), key=lambda pod: pod.status.pod_ip)
    directions: tuple[Direction, ...] = ("Egress", "Ingress")
    for number, pod in enumerate(pods):
        for direction in directions:
            policies = [policy for policy in cluster.policies if _isolates(policy, pod, direction)]
            if policies:
                permitted = (match for policy in policies for match in _permitted(policy, direction, pod, cluster))
                name = f"LAB-{direction.upper()}-{number}"
                yield _Chain(name, direction, pod.status.pod_ip, tuple(permitted))


def _isolates(policy: NetworkPolicy, pod: Pod, direction: Direction) -> bool:
    return (
        direction in policy.spec.policy_types
        and policy.metadata.namespace == pod.metadata.namespace
        and policy.spec.pod_selector.selects(pod.metadata.labels)
    )


def _permitted(policy: NetworkPolicy, direction: Direction, pod: Pod, cluster: Cluster) -> Iterator[str]:
    """Yield a match for each connection that one policy permits the pod."""
    rules, far = (policy.spec.egress, "-d") if direction == "Egress" else (policy.spec.ingress, "-s")
    for rule in rules:
        for address, other in _others(rule, policy.metadata.namespace, cluster):
            receiver = other if direction == "Egress" else pod
            for port in _port_matches(rule, receiver):
                yield f"{far} {address}{port}"


def _others(rule: Rule, namespace: str, cluster: Cluster) -> Iterator[tuple[str, Pod | None]]:
    """Yield the address of each other end, with the pod that has it where it is one pod's."""
    if not rule.peers:
        yield ANYWHERE, None
    for peer in rule.peers:
        if peer.ip_block is not None:
            yield from ((str(network), None) for network in _networks(peer.ip_block))
        else:
            for pod in cluster.pods:
                if pod.has_own_address and _selects(peer, pod, namespace, cluster):
                    yield pod.status.pod_ip, pod


def _networks(block: AddressBlock) -> list[IPv4Network]:
    """Return the block without its exceptions. The node has no IPv6: such blocks are empty."""
    if not isinstance(block.cidr, IPv4Network):
        return []
    networks = [block.cidr]
    for hole in block.excluded:
        if isinstance(hole, IPv4Network):
            networks = [rest for network in networks for rest in _without(network, hole)]
    return list(collapse_addresses(networks))


def _without(network: IPv4Network, hole: IPv4Network) -> Iterator[IPv4Network]:
    if not network.overlaps(hole):
        yield network
    elif hole.subnet_of(network):
        yield from network.address_exclude(hole)


def _selects(peer: Peer, pod: Pod, namespace: str, cluster: Cluster) -> bool:
    if peer.namespace_selector is None:
        in_scope = pod.metadata.namespace == namespace
    else:
        names = {
            space.metadata.name
            for space in cluster.namespaces
            if peer.namespace_selector.selects(space.metadata.labels)
        }
        in_scope = pod.metadata.namespace in names
    return in_scope and (peer.pod_selector is None or peer.pod_selector.selects(pod.metadata.labels))


def _port_matches(rule: Rule, receiver: Pod | None) -> Iterator[str]:
    if not rule.ports:
        yield ""
    for port in rule.ports:
        yield from (f" -p {port.protocol.lower()}{numbers}" for numbers in _numbers(port, receiver))


def _numbers(port: PolicyPort, receiver: Pod | None) -> Iterator[str]:
    """Yield the destination ports; a name means what the receiving pod calls so."""
    if isinstance(port.port, str):
        containers = receiver.spec.containers if receiver else ()
        for declared in (declared for container in containers for declared in container.ports):
            if (declared.name, declared.protocol) == (port.port, port.protocol):
                yield f" --dport {declared.container_port}"
    elif port.port is None:
        yield ""
    else:
        last = f":{port.end_port}" if port.end_port else ""
        yield f" --dport {port.port}{last}"
