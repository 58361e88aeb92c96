"""Promise: nothing listens outside the cluster; tailscaled on the node is the only door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind
from tests.policy.host_access import granted
from tests.policy.pods import containers, pods

OPENS: Final = ("externalIPs", "loadBalancerIP", "loadBalancerClass", "healthCheckNodePort", "externalName")


def exposure(objects: Sequence[Object]) -> Iterator[str]:
    for service in of_kind(objects, "Service"):
        name = f"Service/{service['metadata']['name']}"
        if service["spec"].get("type") != "ClusterIP":
            yield f"{name}: is a {service['spec'].get('type')}"
        yield from (f"{name}: sets {field}" for field in OPENS if field in service["spec"])
        yield from (f"{name}: has a nodePort" for port in service["spec"]["ports"] if "nodePort" in port)
    for owner, pod in pods(objects):
        if pod.get("hostNetwork"):
            yield f"{owner}: uses the node's network"
        folders = [volume["hostPath"] for volume in pod.get("volumes", ()) if "hostPath" in volume]
        yield from (f"{owner}: mounts {folder} of the node" for folder in folders if not granted(owner).folders)
    for name, container in containers(objects):
        yield from (f"{name}: takes a port of the node" for port in container.get("ports", ()) if "hostPort" in port)
