"""Promise: what belongs to the node is exactly what is listed here; it is in a namespace of its own and says why.

The other gates leave out what this one grants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from infra.manifests import Object, of_kind, pod_templates

WHY: Final = "ailab/host-access"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What one program of the node may; `folders` are the node's, `:ro` behind those that it only reads."""

    folders: frozenset[str] = frozenset()
    root: bool = False
    privileged: bool = False
    all_gpus: bool = False


NONE: Final = Grant()
GRANTS: Final = {
    "DaemonSet/device-plugin": Grant(
        folders=frozenset({"/var/lib/kubelet/device-plugins"}), root=True, privileged=True, all_gpus=True
    ),
    "DaemonSet/node-exporter": Grant(folders=frozenset({"/:ro"})),
    "DaemonSet/dcgm-exporter": Grant(all_gpus=True),
}


def granted(owner: str) -> Grant:
    """Give what a pod may, by the name of its owner; nothing for most."""
    return GRANTS.get(owner, NONE)


def system_namespace(objects: Sequence[Object]) -> str | None:
    """Name the namespace for the programs of the node, where the lab has one."""
    names = (item["metadata"]["name"] for item in of_kind(objects, "Namespace"))
    return next((name for name in names if name.endswith("-system")), None)


def host_access(objects: Sequence[Object]) -> Iterator[str]:
    system = system_namespace(objects)
    homes = {
        f"{item['kind']}/{item['metadata']['name']}": item["metadata"].get("namespace")
        for item in of_kind(objects, "Deployment", "DaemonSet", "Job", "CronJob")
    }
    for owner, template in pod_templates(objects):
        has = owner in GRANTS
        if (homes[owner] == system) is not has:
            yield f"{owner}: is in the namespace of the node's programs without being one, or the other way round"
        if bool(template["metadata"].get("annotations", {}).get(WHY)) is not has:
            yield f"{owner}: does not say why it may what others may not, or says it although it may not"
        if _taken(template["spec"]) != granted(owner):
            yield f"{owner}: takes {_taken(template['spec'])}, but is granted {granted(owner)}"


def _taken(pod: Object) -> Grant:
    containers = (*pod.get("initContainers", ()), *pod["containers"])
    folders = {volume["name"]: volume["hostPath"]["path"] for volume in pod.get("volumes", ()) if "hostPath" in volume}
    mounts = [mount for container in containers for mount in container.get("volumeMounts", ())]
    limits = [container.get("resources", {}).get("limits", {}) for container in containers]
    return Grant(
        folders=frozenset(
            folders[mount["name"]] + (":ro" if mount.get("readOnly") else "")
            for mount in mounts
            if mount["name"] in folders
        ),
        root=pod.get("securityContext", {}).get("runAsUser") == 0,
        privileged=any(container.get("securityContext", {}).get("privileged") for container in containers),
        all_gpus="runtimeClassName" in pod and not any("nvidia.com/gpu" in limit for limit in limits),
    )
