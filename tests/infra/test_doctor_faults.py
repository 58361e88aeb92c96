"""What the doctor takes from the cluster about a part that is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import pytest

from infra import manifests
from infra.checkup.cluster import Cluster
from infra.checkup.fault import Fault, faults
from infra.labs import DIST, one_lab
from infra.process import Completed

Pod = dict[str, Any]
IMAGE = "docker.io/searxng/searxng:1@sha256:12"


@pytest.fixture(scope="module")
def objects() -> Sequence[manifests.Object]:
    return manifests.read(DIST / "gpu-lab")


def _pod(
    part: str, status: Mapping[str, object], *, owner: str = "ReplicaSet", born: str = "2026-11-26T08:00:00Z"
) -> Pod:
    return {
        "kind": "Pod",
        "metadata": {
            "namespace": "ai-lab",
            "name": f"{part}-1",
            "labels": {"app.kubernetes.io/name": part},
            "creationTimestamp": born,
            "ownerReferences": [{"kind": owner}],
        },
        "spec": {"initContainers": [{"name": "roles", "restartPolicy": "Always"}, {"name": "wait-for-postgres"}]},
        "status": {"phase": "Pending"} | dict(status),
    }


def _container(name: str, **state: object) -> list[dict[str, object]]:
    return [{"name": name, "image": IMAGE, "state": state, "lastState": {"terminated": {"exitCode": 137}}}]


RUNS = {"phase": "Running", "containerStatuses": _container("searxng", running={})}
REFUSED = {"phase": "Failed", "message": "no such\ndevice"}


def test_a_lab_as_its_manifests_say_has_no_fault(objects: Sequence[manifests.Object]) -> None:
    assert faults(objects, objects, frozenset()) == {}


def test_what_the_api_server_adds_and_leaves_out_is_no_difference(objects: Sequence[manifests.Object]) -> None:
    wanted, found = deepcopy(list(objects)), deepcopy(list(objects))
    for item in manifests.of_kind(wanted, "Deployment"):
        item["spec"]["template"]["spec"]["containers"][0].setdefault("env", []).append({"name": "EMPTY", "value": ""})
    for item in manifests.of_kind(found, "Deployment"):
        container = item["spec"]["template"]["spec"]["containers"][0]
        container["terminationMessagePath"] = "/dev/termination-log"
        container.setdefault("env", []).append({"name": "EMPTY"})
    assert faults(wanted, found, frozenset()) == {}


def test_a_workload_that_is_not_there_is_named(objects: Sequence[manifests.Object]) -> None:
    found = [item for item in objects if (item["kind"], item["metadata"]["name"]) != ("Deployment", "searxng")]
    assert faults(objects, found, frozenset()) == {
        "searxng": Fault("the Deployment searxng is not in the cluster", stale=True)
    }


@pytest.mark.parametrize(
    ("kind", "name", "part"),
    [
        ("Deployment", "litellm", "litellm"),
        ("ConfigMap", "litellm", "litellm"),
        ("ConfigMap", "postgres-roles", "postgres"),
    ],
)
def test_an_object_of_a_part_that_another_has_changed_is_named(
    objects: Sequence[manifests.Object], kind: str, name: str, part: str
) -> None:
    found = deepcopy(list(objects))
    [changed] = [item for item in manifests.of_kind(found, kind) if item["metadata"]["name"] == name]
    if kind == "Deployment":
        changed["spec"]["template"]["spec"]["containers"][0]["args"].append("--no-such-option")
    else:
        changed["data"][next(iter(changed["data"]))] = "nonsense"
    assert faults(objects, found, frozenset()) == {
        part: Fault(f"the {kind} {name} is not the one of the manifests", stale=True)
    }


def test_a_full_volume_is_named_for_the_part_that_has_it(objects: Sequence[manifests.Object]) -> None:
    full = frozenset({("ai-lab", "prometheus-data"), ("another", "postgres-data")})
    assert faults(objects, objects, full) == {"prometheus": Fault("the volume of prometheus-data is full")}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            {"containerStatuses": _container("searxng", waiting={"reason": "ImagePullBackOff", "message": "Back-off"})},
            "the image docker.io/searxng/searxng:1 cannot be pulled",
        ),
        (
            {"containerStatuses": _container("searxng", waiting={"reason": "CrashLoopBackOff", "message": "back-off"})},
            "its container searxng ends by itself, with status 137",
        ),
        (
            {
                "containerStatuses": _container(
                    "searxng", waiting={"reason": "CreateContainerConfigError", "message": 'secret "x"\nnot found'}
                )
            },
            'its container searxng does not start: secret "x" not found',
        ),
        (
            {"initContainerStatuses": _container("wait-for-postgres", running={})},
            "it stays in wait-for-postgres",
        ),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no GPU. no preemption."}]},
            "its pod finds no place: no GPU",
        ),
        (REFUSED, "its pod was refused: no such device"),
    ],
)
def test_what_keeps_a_pod_is_named(
    objects: Sequence[manifests.Object], status: Mapping[str, object], said: str
) -> None:
    found = [*objects, _pod("searxng", status)]
    assert faults(objects, found, frozenset()) == {"searxng": Fault(said)}


@pytest.mark.parametrize(
    "pod",
    [
        _pod("searxng", RUNS),
        _pod("searxng", {"containerStatuses": _container("searxng", waiting={"reason": "ContainerCreating"})}),
        # A container that runs beside the program's.
        _pod("searxng", {"initContainerStatuses": _container("roles", running={})}),
        # The doctor's own, and a Job's, bear a part's labels.
        _pod("searxng", REFUSED, owner="Job"),
    ],
)
def test_a_pod_that_runs_or_is_about_to_is_no_fault(objects: Sequence[manifests.Object], pod: Pod) -> None:
    assert faults(objects, [*objects, pod], frozenset()) == {}


def test_the_last_pod_of_several_counts(objects: Sequence[manifests.Object]) -> None:
    old, new = _pod("searxng", REFUSED, born="2026-11-26T07:00:00Z"), _pod("searxng", RUNS)
    assert faults(objects, [*objects, new, old], frozenset()) == {}


class Asked:
    """A `Kubectl` of a cluster that has a lab's objects, and a kubelet that measures volumes, or does not answer."""

    def __init__(self, objects: Sequence[manifests.Object], left: int, *, refused: str = "") -> None:
        self._found = json.dumps({"items": list(objects)})
        claim = {"name": "postgres-data", "namespace": "ai-lab"}
        volumes = [{"pvcRef": claim, "availableBytes": left, "capacityBytes": 1000}, {"name": "tmp"}]
        self._summary = json.dumps({"pods": [{"volume": volumes}, {}]})
        self._refused = refused

    def __call__(self, *words: str, **_limits: object) -> Completed:
        if self._refused in words:
            return Completed(1, "", "forbidden")
        if words[:2] == ("get", "nodes"):
            return Completed(0, "node/one\n", "")
        if words[:2] == ("get", "--raw"):
            assert words[2] == "/api/v1/nodes/one/proxy/stats/summary"
            return Completed(0, self._summary, "")
        return Completed(0, self._found, "")


@pytest.mark.parametrize(
    ("left", "refused", "full"), [(9, "", ["postgres"]), (10, "", []), (0, "--raw", []), (0, "nodes", [])]
)
def test_a_volume_with_less_than_a_hundredth_left_is_full_where_the_kubelet_says_it(
    objects: Sequence[manifests.Object], left: int, refused: str, full: list[str]
) -> None:
    cluster = Cluster.of(one_lab("gpu-lab"), objects, Asked(objects, left, refused=refused))
    assert list(cluster.faults) == full
