"""Promise: where two of a program cannot run at once, the old one is gone before the new one starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.manifests import Object, of_kind
from tests.policy.resources import GPU


def strategy(objects: Sequence[Object]) -> Iterator[str]:
    for item in of_kind(objects, "Deployment"):
        name, spec = f"Deployment/{item['metadata']['name']}", item["spec"]
        pod = spec["template"]["spec"]
        claims = any("persistentVolumeClaim" in volume for volume in pod.get("volumes", ()))
        gpu = any(GPU in container.get("resources", {}).get("limits", {}) for container in pod["containers"])
        wanted = "Recreate" if claims or gpu else "RollingUpdate"
        if spec.get("strategy", {}).get("type") != wanted:
            yield f"{name}: its strategy is not {wanted}"
        if spec.get("replicas") != 1:
            yield f"{name}: does not run once"
    for item in of_kind(objects, "PersistentVolumeClaim"):
        if item["spec"]["accessModes"] != ["ReadWriteOnce"]:
            yield f"PersistentVolumeClaim/{item['metadata']['name']}: is not for one node"
