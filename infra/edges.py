"""Who may talk to whom, read back from the network policies of a lab's manifests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ailab.network import API_SERVER, CONTROLLER, DATABASE, DNS, DNS_PORT, INTERNET, NAMESPACE_LABEL, NODE
from infra.labs import DIST, all_labs
from infra.manifests import Object, of_kind, read

NAME_LABEL: Final = "app.kubernetes.io/name"
OUTSIDE: Final = (API_SERVER, DNS, INTERNET, NODE)
EVERY_PORT: Final = 0


@dataclass(frozen=True, order=True)
class Edge:
    """Pods of `source` may open TCP connections to `port` of `target`. DNS also has UDP."""

    source: str
    target: str
    port: int
    why: str

    @property
    def name(self) -> str:
        """The edge, as people write it."""
        return f"{self.source} -> {self.target}:{self.port}"


@dataclass(frozen=True, order=True)
class _Half:
    """What the policy of one end says."""

    source: str
    target: str
    port: int
    incoming: bool
    why: str | None

    @property
    def ends(self) -> tuple[str, str, int]:
        return self.source, self.target, self.port

    @property
    def owner(self) -> str:
        return self.target if self.incoming else self.source

    @property
    def other(self) -> str:
        return self.source if self.incoming else self.target


def edges(objects: Iterable[Object]) -> list[Edge]:
    """List the permitted edges. One with an end inside the lab that does not permit it is none."""
    halves = list(_halves(objects))
    whole = {half.ends for half in halves} - {half.ends for half in _widowed(halves)}
    why = {half.ends: half.why or "" for half in halves}
    return sorted(Edge(*ends, why[ends]) for ends in whole)


def faults(objects: Iterable[Object]) -> Iterator[str]:
    """Say what is wrong with the policies: half an edge, a rule without a reason."""
    halves = list(_halves(objects))
    for half in _widowed(halves):
        yield f"NetworkPolicy/{half.owner}: {_said(half)}, but NetworkPolicy/{half.other} does not permit it"
    for half in halves:
        if half.why is None:
            yield f"NetworkPolicy/{half.owner}: {_said(half)} has no reason among the annotations"


def objects_of_first_lab() -> Sequence[Object]:
    """Read the manifests of the lab that the documents show."""
    return read(DIST / all_labs()[0].name)


def drawn(objects: Iterable[Object]) -> list[Edge]:
    """List the permitted edges but for those to name servers, which whoever connects has."""
    return [edge for edge in edges(objects) if edge.target != DNS.name]


def _widowed(halves: Iterable[_Half]) -> list[_Half]:
    outside = {end.name for end in OUTSIDE} | {DATABASE, CONTROLLER}
    halves = list(halves)
    said = {(half.ends, half.incoming) for half in halves}
    return [half for half in halves if half.other not in outside and (half.ends, not half.incoming) not in said]


def _halves(objects: Iterable[Object]) -> Iterator[_Half]:
    policies = list(of_kind(objects, "NetworkPolicy"))
    homes = {policy["metadata"]["name"]: policy["metadata"]["namespace"] for policy in policies}
    for policy in policies:
        owner = policy["spec"]["podSelector"].get("matchLabels", {}).get(NAME_LABEL)
        if owner is None:
            continue  # the namespace's own denial, which permits nothing
        reasons: Mapping[str, str] = policy["metadata"].get("annotations", {})
        name = partial(_name, home=policy["metadata"]["namespace"], homes=homes)
        for other, port in _ends(policy["spec"].get("ingress", ()), "from", name):
            yield _Half(other, owner, port, incoming=True, why=reasons.get(f"ailab/from-{other}-{port}"))
        for other, port in _ends(policy["spec"].get("egress", ()), "to", name):
            why = reasons.get(f"ailab/to-{other}-{port}")
            names = (other, port) == (DNS.name, DNS_PORT)
            yield _Half(owner, other, port, incoming=False, why="names of Services" if names else why)
        # No rule says it: a pod's own node always gets in.
        for key, why in reasons.items():
            if key.startswith(f"ailab/from-{NODE.name}-"):
                yield _Half(NODE.name, owner, int(key.rpartition("-")[2]), incoming=True, why=why)


def _ends(rules: Iterable[Object], direction: str, name: Callable[[Object], str]) -> Iterator[tuple[str, int]]:
    """Give the other end and the port of each rule, every combination once."""
    found = {
        (name(peer), port["port"]): None
        for rule in rules
        for peer in rule.get(direction, [{}])
        for port in rule.get("ports", [{"port": EVERY_PORT}])
    }
    yield from found


def _name(peer: Object, *, home: str, homes: Mapping[str, str]) -> str:
    """Name a peer: a workload, one of the known outsides, or the peer itself where it is neither.

    Args:
        peer: as the policy says it.
        home: the policy's own namespace.
        homes: each workload's namespace.

    """
    for outside in OUTSIDE:
        if peer in outside.peers:
            return outside.name
    # What is there already is known by its place alone: a server's addresses, a controller's namespace.
    if peer.keys() == {"ipBlock"} and "except" not in peer["ipBlock"]:
        return DATABASE
    if peer.keys() == {"namespaceSelector"} and peer["namespaceSelector"]:
        return CONTROLLER
    name: str = peer.get("podSelector", {}).get("matchLabels", {}).get(NAME_LABEL, "")
    meant = homes.get(name, home)
    elsewhere = {"matchLabels": {NAMESPACE_LABEL: meant}} if meant != home else None
    return name if name and peer.get("namespaceSelector") == elsewhere else json.dumps(peer)


def _said(half: _Half) -> str:
    return f"{half.source} to {half.target}:{half.port}"
