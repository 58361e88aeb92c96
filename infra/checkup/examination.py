"""The examination of a running lab: every arrow tried, the ones that carry requests also used."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from ailab.network import DNS, NODE
from ailab.secrets import SecretKey
from ailab.spec import LabSpec
from infra import manifests
from infra.checkup.cluster import Cluster
from infra.checkup.door import through_the_door
from infra.checkup.evidence import Evidence, Found, Witness
from infra.checkup.fault import Fault
from infra.checkup.finding import Finding, Part, State
from infra.checkup.place import Outcome, Target, Tried, try_all
from infra.checkup.targets import targets
from infra.edges import NAME_LABEL, Edge, edges
from infra.errors import LabError
from infra.kubectl import Kubectl
from infra.labs import DIST, shortest

_SAID: Final = {
    Outcome.CONNECTED: "a connection opens",
    Outcome.REFUSED: "the connection is refused",
    Outcome.SILENT: "no answer",
    Outcome.NAMELESS: "the name is not found",
    Outcome.NOT_TRIED: "the try did not run",
}


def examine(
    spec: LabSpec,
    objects: Sequence[manifests.Object],
    values: Mapping[SecretKey, str],
    ask: Kubectl,
    *,
    door: str | None,
    tell: Callable[[str], None],
) -> list[Finding]:
    """Try every arrow of a lab; returns a finding for each, in the order of their names, after those of faulty parts.

    Args:
        spec: the lab.
        objects: its manifests: what they permit is what shall be possible.
        values: its secrets.
        ask: the cluster.
        door: URL of the web door where the tailnet's names do not lead there.
        tell: is told what begins.

    Raises:
        LabError: the cluster does not let the tries run.

    """
    arrows = tuple(edges(objects))
    tried = tries(spec, objects, targets(spec, objects, arrows), ask, tell)
    broken = frozenset(edge for edge, one in tried.items() if one.outcome is not Outcome.CONNECTED)
    witness = Witness(spec, values, arrows, broken)
    tell("asking as a browser does, and asking models, rows, traces and samples")
    services = manifests.services(objects)
    seen = {
        **collected(lambda: through_the_door(spec, services, arrows, door), tell),
        **collected(witness.conversation, tell),
        **collected(witness.scrapes, tell),
    }
    cluster = Cluster.of(spec, objects, ask)
    cases = (Case(edge, tried.get(edge), seen.get(edge)) for edge in arrows)
    return [*faulty(cluster, spec), *(case.finding(spec, cluster, broken) for case in cases)]


def faulty(cluster: Cluster, spec: LabSpec) -> list[Finding]:
    """Give a finding for each part with which something is wrong: not every such thing breaks an arrow."""
    known = {**dict.fromkeys(cluster.away, Fault("has no ready pod")), **cluster.faults}
    repairs = {name: _repair_of(name, cluster, spec) for name in sorted(known)}
    return [Finding(Part(name), State.BROKEN, 0, known[name].said, todo) for name, todo in repairs.items()]


def tries(
    spec: LabSpec,
    objects: Sequence[manifests.Object],
    wanted: Mapping[Edge, Target],
    ask: Kubectl,
    tell: Callable[[str], None],
) -> dict[Edge, Tried]:
    """Try arrows, and once more those that fail while the cluster says nothing that explains it.

    A part of a busy machine may miss its probes for some seconds, and nobody is led to it meanwhile.
    """
    tell("trying every connection from the place of its beginning")
    tried = try_all(spec, objects, wanted, _mark(), ask)
    failed = {edge: wanted[edge] for edge, one in tried.items() if one.outcome is not Outcome.CONNECTED}
    if not failed:
        return tried
    cluster = Cluster.of(spec, objects, ask)
    if puzzling := {edge: target for edge, target in failed.items() if not cluster.explains(edge)}:
        tell("trying once more what the cluster does not explain")
        tried |= try_all(spec, objects, puzzling, _mark(), ask)
    return tried


def _mark() -> str:
    return f"{time.time_ns() // 1_000_000}"


NO_DOOR: Final = (
    "are you in the lab's tailnet (tailscale status)? ./lab names lists its addresses, --door takes another"
)


def collected(source: Callable[[], Found], tell: Callable[[str], None]) -> dict[Edge, Evidence]:
    """Keep what was seen before something went wrong, and say what that was."""
    found: dict[Edge, Evidence] = {}
    try:
        found.update(source())  # pair by pair
    except (LabError, httpx.HTTPError) as error:
        tell(f"not all was asked: {error}")
    return found


@dataclass(frozen=True)
class Case:
    """One arrow with all that was found out about it."""

    edge: Edge
    tried: Tried | None
    seen: Evidence | None

    @property
    def seconds(self) -> float:
        """What all that was done over it took."""
        return sum(one.seconds for one in (self.tried, self.seen) if one)

    def finding(self, spec: LabSpec, cluster: Cluster, broken: frozenset[Edge]) -> Finding:
        """Judge: a connection that does not open outweighs everything, and explains what else does not work."""
        outcome = self.tried.outcome if self.tried else None
        if outcome and outcome is not Outcome.CONNECTED:
            return self._unconnected(outcome, spec, cluster, broken)
        if self.seen and not self.seen.holds:
            return self._unused(self.seen.said, spec, cluster, broken)
        if outcome or self.seen:
            return self._so(State.HOLDS, self.seen.said if self.seen else _SAID[Outcome.CONNECTED])
        return self._so(State.UNKNOWN, "cannot be tried from here")

    def _unconnected(self, outcome: Outcome, spec: LabSpec, cluster: Cluster, broken: frozenset[Edge]) -> Finding:
        if outcome is Outcome.NAMELESS and self.edge.target != DNS.name and self._without_names(broken):
            return self._so(State.UNKNOWN, f"{self.edge.source} finds no names", "repair its way to dns first")
        state = State.UNKNOWN if outcome is Outcome.NOT_TRIED else State.BROKEN
        return self._so(state, _SAID[outcome], repair(self.edge, outcome, cluster, spec))

    def _unused(self, said: str, spec: LabSpec, cluster: Cluster, broken: frozenset[Edge]) -> Finding:
        if causes := sorted(filter(self._needs, broken)):
            cause = causes[0]
            said = f"{said}; perhaps because of {cause.source} -> {cause.target}:{cause.port}"
            return self._so(State.UNKNOWN, said, "repair that one first, then ask again")
        return self._so(State.BROKEN, said, repair(self.edge, None, cluster, spec))

    def _needs(self, other: Edge) -> bool:
        """Whether a request over this arrow may fail because of the other one, which begins at one of its ends."""
        return self.edge.source != NODE.name and other.source in {self.edge.source, self.edge.target}

    def _without_names(self, broken: frozenset[Edge]) -> bool:
        return any((other.source, other.target) == (self.edge.source, DNS.name) for other in broken)

    def _so(self, state: State, said: str, repair: str | None = None) -> Finding:
        return Finding(self.edge, state, self.seconds, said, repair)


def _repair_of(part: str, cluster: Cluster, spec: LabSpec) -> str:
    """Say what to do about a part."""
    if part in cluster.faults and cluster.faults[part].stale:
        return _apply(spec)
    return f"./lab logs {part}; kubectl describe pod --all-namespaces --selector={NAME_LABEL}={part}"


def _apply(spec: LabSpec) -> str:
    return f"kubectl apply --filename={shortest(DIST / spec.name)}"


def repair(edge: Edge, outcome: Outcome | None, cluster: Cluster, spec: LabSpec) -> str:
    """Say what to do about a broken arrow, by what the cluster says of its ends."""
    manifests_of = _apply(spec)
    for end, changed in ((edge.target, cluster.entering), (edge.source, cluster.leaving)):
        if end in changed:
            return f"the NetworkPolicy {end} is not the one of the manifests: {manifests_of}"
    for end in (edge.target, edge.source):
        if end in cluster.away:
            fault = cluster.faults.get(end)
            why = f", {fault.said}" if fault else ""
            return f"{end} has no ready pod{why}: {_repair_of(end, cluster, spec)}"
    match outcome:
        case Outcome.NAMELESS:
            return "kubectl logs --namespace=kube-system --selector=k8s-app=kube-dns"
        case Outcome.NOT_TRIED:
            return f"kubectl get events --namespace={spec.namespace} says why its pod did not run"
        case Outcome.REFUSED | Outcome.SILENT:
            return f"kubectl get networkpolicies,endpointslices --namespace={spec.namespace}; {manifests_of}"
        case _:
            return NO_DOOR if edge.source == NODE.name else f"./lab logs {edge.source}; ./lab logs {edge.target}"
