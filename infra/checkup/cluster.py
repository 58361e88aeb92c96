"""What the running cluster says of a lab, where it explains what is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ailab.spec import LabSpec
from infra import manifests
from infra.checkup.fault import FULL, WORKLOADS, Claim, Fault, faults
from infra.edges import Edge
from infra.kubectl import Kubectl, get

_KINDS: Final = "deployments,daemonsets,configmaps,pods,networkpolicies"


@dataclass(frozen=True)
class Cluster:
    """What the cluster says of a lab's parts.

    Attributes:
        away: workloads without a ready pod.
        leaving: workloads whose NetworkPolicy is not the one of the manifests in what it lets out.
        entering: those whose policy is another one in what it lets in.
        faults: what is wrong with a workload, where the cluster says it.

    """

    away: frozenset[str]
    leaving: frozenset[str]
    entering: frozenset[str]
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: LabSpec, objects: Sequence[manifests.Object], ask: Kubectl) -> Cluster:
        """Ask the cluster."""
        namespaces = dict.fromkeys((spec.namespace, *(_home(item) for item in manifests.of_kind(objects, *WORKLOADS))))
        found = [item for namespace in namespaces for item in get(_KINDS, f"--namespace={namespace}", ask=ask)["items"]]
        running = list(manifests.of_kind(found, *WORKLOADS))
        ready = {item["metadata"]["name"] for item in running if _ready(item.get("status", {}))}
        policies = {item["metadata"]["name"]: item["spec"] for item in manifests.of_kind(found, "NetworkPolicy")}
        wanted = {item["metadata"]["name"]: item["spec"] for item in manifests.of_kind(objects, "NetworkPolicy")}
        workloads = {item["metadata"]["name"] for item in manifests.of_kind(objects, *WORKLOADS)}
        return cls(
            away=frozenset(workloads - ready),
            leaving=_differing(policies, wanted, but="ingress"),
            entering=_differing(policies, wanted, but="egress"),
            faults=faults(objects, found, frozenset(_full(ask))),
        )

    def explains(self, edge: Edge) -> bool:
        """Whether it says of an end of an arrow what would break that."""
        return edge.source in self.away | self.leaving or edge.target in self.away | self.entering


def _full(ask: Kubectl) -> Iterator[Claim]:
    """Name the claims whose volumes are full, of those that the kubelets measure: about once a minute.

    https://kubernetes.io/docs/reference/instrumentation/node-metrics/
    """
    # Whoever has a namespace of a large cluster may not ask its nodes.
    nodes = ask("get", "nodes", "--output=name", check=False).stdout.split()
    for node in nodes:
        asked = ask("get", "--raw", f"/api/v1/{node.replace('node/', 'nodes/')}/proxy/stats/summary", check=False)
        if asked.status != 0:
            continue
        volumes = (one for pod in json.loads(asked.stdout).get("pods", ()) for one in pod.get("volume", ()))
        for volume in volumes:
            claim, capacity = volume.get("pvcRef"), volume.get("capacityBytes")
            if claim and capacity and volume["availableBytes"] < FULL * capacity:
                yield claim["namespace"], claim["name"]


def _differing(policies: Mapping[str, Any], wanted: Mapping[str, Any], *, but: str) -> frozenset[str]:
    """Name the policies that are missing or differ in anything `but` one direction."""

    def rest(spec: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in spec.items() if key != but}

    return frozenset(
        name for name, spec in wanted.items() if name not in policies or rest(policies[name]) != rest(spec)
    )


def _ready(status: Mapping[str, Any]) -> bool:
    return bool(status.get("readyReplicas") or status.get("numberReady"))


def _home(item: manifests.Object) -> str:
    home: str = item["metadata"]["namespace"]
    return home
