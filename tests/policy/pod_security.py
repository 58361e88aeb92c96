"""Promise: every pod meets Pod Security *restricted*, and the namespace enforces it.

The rules of https://kubernetes.io/docs/concepts/security/pod-security-standards/, made stricter where the lab needs
nothing: a numeric user, a read-only root, no exception for kinds of volumes that nobody uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind
from tests.policy.pods import containers, pods

HOST: Final = ("hostNetwork", "hostPID", "hostIPC", "hostUsers")
VOLUMES: Final = {"configMap", "emptyDir", "persistentVolumeClaim"}
NOT_FOR_CONTAINERS: Final = ("privileged", "procMount", "runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile")
MAY_BE_ADDED: Final = {"NET_BIND_SERVICE"}
MODES: Final = ("enforce", "audit", "warn")


def pod_security(objects: Sequence[Object]) -> Iterator[str]:
    for item in of_kind(objects, "Namespace"):
        labels = item["metadata"]["labels"]
        for mode in MODES:
            if labels.get(f"pod-security.kubernetes.io/{mode}") != "restricted":
                yield f"Namespace/{item['metadata']['name']}: does not {mode} restricted"
    for owner, pod in pods(objects):
        yield from (f"{owner}: {fault}" for fault in _pod(pod))
    for name, container in containers(objects):
        yield from (f"{name}: {fault}" for fault in _container(container))


def _pod(pod: Object) -> Iterator[str]:
    context = pod.get("securityContext", {})
    yield from (f"{field} is set" for field in HOST if field in pod)
    if context.get("runAsNonRoot") is not True:
        yield "may run as root"
    if not isinstance(context.get("runAsUser"), int) or context["runAsUser"] == 0:
        yield "has no number of a user other than root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile"
    if forbidden := {"sysctls", "supplementalGroups", "seLinuxOptions", "appArmorProfile"} & context.keys():
        yield f"sets {', '.join(sorted(forbidden))}"
    for volume in pod.get("volumes", ()):
        if kinds := volume.keys() - {"name"} - VOLUMES:
            yield f"volume {volume['name']} is a {', '.join(kinds)}"
    if "ephemeralContainers" in pod:
        yield "has ephemeral containers"


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
