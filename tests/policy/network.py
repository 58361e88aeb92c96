"""Promise: nothing may talk unless an edge says so, from both of its ends and with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra import edges
from infra.manifests import Object, of_kind, pod_templates

BOTH: Final = ["Ingress", "Egress"]
NOTHING: Final = {"podSelector": {}, "policyTypes": BOTH}
UDP_PORTS: Final = {53}


def network(objects: Sequence[Object]) -> Iterator[str]:
    yield from edges.faults(objects)
    policies = list(of_kind(objects, "NetworkPolicy"))
    closed = {policy["metadata"]["namespace"] for policy in policies if policy["spec"] == NOTHING}
    for name in {item["metadata"]["name"] for item in of_kind(objects, "Namespace")} - closed:
        yield f"Namespace/{name}: no policy denies everything to every pod"
    for policy in policies:
        yield from (f"NetworkPolicy/{policy['metadata']['name']}: {fault}" for fault in _faults(policy["spec"]))
    selected = {policy["spec"]["podSelector"].get("matchLabels", {}).get(edges.NAME_LABEL) for policy in policies}
    for owner, template in pod_templates(objects):
        if template["metadata"]["labels"].get(edges.NAME_LABEL) not in selected:
            yield f"{owner}: has no policy of its own"
    for edge in edges.edges(objects):
        if edge.target.startswith("{") or edge.source.startswith("{"):
            yield f"an edge leads to what has no name: {edge.source} to {edge.target}"


def _faults(spec: Object) -> Iterator[str]:
    if spec.get("policyTypes") != BOTH:
        yield "leaves a direction open"
    for direction, ends in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction, ()):
            if not rule.get(ends):
                yield f"{direction} with every address"
            if not rule.get("ports"):
                yield f"{direction} on every port"
            for port in rule.get("ports", ()):
                if not isinstance(port.get("port"), int) or "endPort" in port:
                    yield f"{direction} on ports that are not single numbers"
                elif port.get("protocol") != "TCP" and port["port"] not in UDP_PORTS:
                    yield f"{direction} by {port.get('protocol')}"
