"""Promise: every path that an image writes is a named volume, and data that must last is on a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ailab.images import ALL
from infra.manifests import Object, of_kind
from tests.policy.pods import containers, pods

SEES_THE_IMAGE: Final = {
    # They copy the image's own folder onto the volume that the program gets; a volume there would hide it.
    ("Deployment/ingress/seed", "/etc/nginx"),
    ("Deployment/neo4j/seed", "/var/lib/neo4j/conf"),
}
KEPT: Final = {
    "docker.io/library/postgres": "/var/lib/postgresql",
    "docker.io/library/neo4j": "/data",
    "docker.io/prom/prometheus": "/prometheus",
    "docker.io/grafana/grafana": "/var/lib/grafana",
    "ghcr.io/open-webui/open-webui": "/app/backend/data",
}


def volumes(objects: Sequence[Object]) -> Iterator[str]:
    writes = {image.reference: image.writes for image in ALL}
    for name, container in containers(objects):
        mounted = {mount["mountPath"] for mount in container.get("volumeMounts", ())}
        for path in writes.get(container["image"], ()):
            if path not in mounted and (name, path) not in SEES_THE_IMAGE:
                yield f"{name}: the image writes {path}, where nothing is mounted"
    for owner, pod in pods(objects):
        yield from (f"{owner}: {fault}" for fault in _faults(pod))
    yield from _lost_data(objects)


def _faults(pod: Object) -> Iterator[str]:
    declared = {volume["name"]: volume for volume in pod.get("volumes", ())}
    mounts = [
        mount
        for container in (*pod.get("initContainers", ()), *pod["containers"])
        for mount in container.get("volumeMounts", ())
    ]
    yield from (f"mounts {mount['name']}, which is no volume" for mount in mounts if mount["name"] not in declared)
    yield from (f"volume {name} is used by nobody" for name in declared.keys() - {mount["name"] for mount in mounts})
    for name, volume in declared.items():
        if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
            yield f"volume {name} may fill the node's disk"
    for mount in mounts:
        if "configMap" in declared.get(mount["name"], {}) and not mount.get("readOnly"):
            yield f"can write its configuration {mount['name']}"


def _lost_data(objects: Sequence[Object]) -> Iterator[str]:
    """Find a server whose data would die with its pod."""
    for owner, pod in pods(of_kind(objects, "Deployment")):
        claims = {volume["name"] for volume in pod.get("volumes", ()) if "persistentVolumeClaim" in volume}
        main = pod["containers"][0]
        kept = KEPT.get(main["image"].partition("@")[0].rpartition(":")[0])
        on_claims = {mount["mountPath"] for mount in main.get("volumeMounts", ()) if mount["name"] in claims}
        if kept and kept not in on_claims:
            yield f"{owner}: {kept} does not outlive the pod"
