"""What is wrong with a part of the running lab, by what the cluster says of its objects, pods and volumes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra import manifests
from infra.edges import NAME_LABEL

Claim = tuple[str, str]
"""A PersistentVolumeClaim: its namespace, its name."""

FULL: Final = 0.01
"""A volume of which less than this share is left counts as full: databases stop at the last megabytes."""
WORKLOADS: Final = ("Deployment", "DaemonSet")
# https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/images/types.go
_PULL: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
_ENDS: Final = "CrashLoopBackOff"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a part.

    Attributes:
        said: what is so, for people, to stand behind the part's name and a colon.
        stale: an apply of the manifests repairs it.

    """

    said: str
    stale: bool = False


def faults(
    objects: Sequence[manifests.Object], found: Sequence[manifests.Object], full: Collection[Claim]
) -> dict[str, Fault]:
    """Name what is wrong with each part of which something is known to be wrong, the first cause of several.

    Args:
        objects: the lab's manifests.
        found: what the cluster has of the kinds Deployment, DaemonSet, ConfigMap and Pod.
        full: the claims whose volumes are full.

    """
    live = {_identity(item): item for item in manifests.of_kind(found, *WORKLOADS, "ConfigMap")}
    pods = _newest(manifests.of_kind(found, "Pod"))
    named: dict[str, Fault] = {}
    for workload in manifests.of_kind(objects, *WORKLOADS):
        name = workload["metadata"]["name"]
        configuration = [item for item in manifests.of_kind(objects, "ConfigMap") if _part(item) == name]
        claims = [claim for claim in _claims(workload) if claim in full]
        causes = (*_of_objects([workload, *configuration], live), *_of_volumes(claims), *_of_pod(pods.get(name)))
        if causes:
            named[name] = causes[0]
    return named


def _of_objects(wanted: Iterable[manifests.Object], live: Mapping[tuple[str, ...], Any]) -> Iterator[Fault]:
    for item in wanted:
        name = f"{item['kind']} {item['metadata']['name']}"
        if _identity(item) not in live:
            yield Fault(f"the {name} is not in the cluster", stale=True)
        elif not _within(_content(item), _content(live[_identity(item)])):
            yield Fault(f"the {name} is not the one of the manifests", stale=True)


def _of_volumes(claims: Iterable[Claim]) -> Iterator[Fault]:
    yield from (Fault(f"the volume of {claim} is full") for _, claim in claims)


def _of_pod(pod: manifests.Object | None) -> Iterator[Fault]:
    """Read why a pod does not run, or not yet."""
    if pod is None:
        return
    status = pod["status"]
    if status["phase"] == "Failed":
        yield Fault(f"its pod was refused: {_line(status.get('message') or status.get('reason', ''))}")
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            # The scheduler goes on with what it thought of preemption.
            yield Fault(f"its pod finds no place: {_line(condition.get('message', '')).partition('. ')[0]}")
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = container.get("state", {}).get("waiting", {})
        reason = waiting.get("reason", "")
        if reason in _PULL:
            yield Fault(f"the image {container['image'].partition('@')[0]} cannot be pulled")
        elif reason == _ENDS:
            ended = container.get("lastState", {}).get("terminated", {})
            yield Fault(f"its container {container['name']} ends by itself, with status {ended.get('exitCode')}")
        elif waiting.get("message"):
            yield Fault(f"its container {container['name']} does not start: {_line(waiting['message'])}")
    yield from _still_waiting(pod)


def _still_waiting(pod: manifests.Object) -> Iterator[Fault]:
    """Name the container before the program's that has not ended; one that runs beside it is none of these."""
    beside = {one["name"] for one in pod["spec"].get("initContainers", ()) if one.get("restartPolicy") == "Always"}
    for container in pod["status"].get("initContainerStatuses", ()):
        if "running" in container.get("state", {}) and container["name"] not in beside:
            yield Fault(f"it stays in {container['name']}")


def _newest(pods: Iterable[manifests.Object]) -> dict[str, manifests.Object]:
    """Give each part's last pod; those of Jobs, the doctor's among them, may bear a part's labels too."""
    ordered = sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    return {_part(pod): pod for pod in ordered if _owner(pod) in {"ReplicaSet", "DaemonSet"}}


def _owner(pod: manifests.Object) -> str:
    owners = pod["metadata"].get("ownerReferences", ())
    return str(owners[0]["kind"]) if owners else ""


def _claims(workload: manifests.Object) -> list[Claim]:
    volumes = workload["spec"]["template"]["spec"].get("volumes", ())
    names = (volume.get("persistentVolumeClaim", {}).get("claimName") for volume in volumes)
    return [(workload["metadata"]["namespace"], name) for name in names if name]


def _content(item: manifests.Object) -> Any:  # noqa: ANN401 - Kubernetes' own shapes
    return item.get("spec") or item.get("data")


def _within(wanted: Any, found: Any) -> bool:  # noqa: ANN401 - as above
    """Whether an object has all that is wanted; the API server adds defaults, and leaves out what is empty."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_within(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_within, wanted, found))
    return bool(wanted == found or not (wanted or found))


def _identity(item: manifests.Object) -> tuple[str, ...]:
    return item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]


def _part(item: manifests.Object) -> str:
    return str(item["metadata"].get("labels", {}).get(NAME_LABEL, ""))


def _line(text: str) -> str:
    return " ".join(text.split())
