"""Promise: every pod meets Pod Security *restricted*, and the namespace enforces it.

The rules of https://kubernetes.io/docs/concepts/security/pod-security-standards/, made stricter where the lab needs
nothing: a numeric user, a read-only root, no exception for kinds of volumes that nobody uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind
from tests.policy.host_access import Grant, granted, system_namespace
from tests.policy.pods import containers, pods

HOST: Final = ("hostNetwork", "hostPID", "hostIPC", "hostUsers")
VOLUMES: Final = {"configMap", "emptyDir", "persistentVolumeClaim"}
NOT_FOR_CONTAINERS: Final = ("privileged", "procMount", "runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile")
MAY_BE_ADDED: Final = {"NET_BIND_SERVICE"}
MODES: Final = ("enforce", "audit", "warn")


def pod_security(objects: Sequence[Object]) -> Iterator[str]:
    for item in of_kind(objects, "Namespace"):
        labels, name = item["metadata"]["labels"], item["metadata"]["name"]
        level = "privileged" if name == system_namespace(objects) else "restricted"
        for mode in MODES:
            if labels.get(f"pod-security.kubernetes.io/{mode}") != level:
                yield f"Namespace/{name}: does not {mode} {level}"
    for owner, pod in pods(objects):
        yield from (f"{owner}: {fault}" for fault in _pod(pod, granted(owner)))
    for name, container in containers(objects):
        if not granted(name.rpartition("/")[0]).privileged:
            yield from (f"{name}: {fault}" for fault in _container(container))


def _pod(pod: Object, grant: Grant) -> Iterator[str]:
    context = pod.get("securityContext", {})
    kinds_of_volumes = VOLUMES | ({"hostPath"} if grant.folders else set())
    yield from (f"{field} is set" for field in HOST if field in pod)
    if context.get("runAsNonRoot") is not (not grant.root):
        yield "may run as root"
    if not isinstance(context.get("runAsUser"), int) or (context["runAsUser"] == 0 and not grant.root):
        yield "has no number of a user other than root"
    if _has_volumes(pod) and not isinstance(context.get("fsGroup"), int):
        yield "may not write its volumes where Kubernetes makes them for root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile"
    if forbidden := {"sysctls", "supplementalGroups", "seLinuxOptions", "appArmorProfile"} & context.keys():
        yield f"sets {', '.join(sorted(forbidden))}"
    for volume in pod.get("volumes", ()):
        if kinds := volume.keys() - {"name"} - kinds_of_volumes:
            yield f"volume {volume['name']} is a {', '.join(kinds)}"
    if "ephemeralContainers" in pod:
        yield "has ephemeral containers"


def _has_volumes(pod: Object) -> bool:
    return any({"persistentVolumeClaim", "emptyDir"} & volume.keys() for volume in pod.get("volumes", ()))


def _container(container: Object) -> Iterator[str]:
    context = container.get("securityContext", {})
    capabilities = context.get("capabilities", {})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "can write its root"
    if capabilities.get("drop") != ["ALL"]:
        yield "keeps capabilities"
    if added := set(capabilities.get("add", ())) - MAY_BE_ADDED:
        yield f"adds {', '.join(sorted(added))}"
    yield from (f"sets {field} for itself" for field in NOT_FOR_CONTAINERS if field in context)
