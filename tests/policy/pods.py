"""The pods that manifests describe, and their containers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.manifests import Object, of_kind, pod_templates


def pods(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """Give every pod's spec with the name of its owner: `Deployment/postgres`."""
    return ((owner, template["spec"]) for owner, template in pod_templates(objects))


def containers(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """Give every container, those of initialisation included: `Deployment/postgres/roles`."""
    for owner, pod in pods(objects):
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield f"{owner}/{container['name']}", container


def running(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """Give the containers that run as long as the lab."""
    for owner, pod in pods(of_kind(objects, "Deployment", "DaemonSet")):
        for container in pod["containers"]:
            yield f"{owner}/{container['name']}", container


def secret_references(container: Object) -> Iterator[Object]:
    """Give each reference of a container to a key of a Secret."""
    for variable in container.get("env", ()):
        if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
            yield reference
