"""Every part of the lab runs and has not fallen over, or says why it does not run here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from infra import manifests
from infra.labs import DIST
from testnode.patience import until
from tests.cluster.running import RunningLab, absent

pytestmark = pytest.mark.proves(2)

PARTS = list(manifests.of_kind(manifests.read(DIST / "gpu-lab"), "Deployment", "DaemonSet"))
READY_SECONDS = 300  # a test before this one may have taken the part away and given it back


@dataclass(frozen=True)
class Pod:
    """How a pod is, and how often each of its containers was started again."""

    ready: bool
    restarts: Mapping[str, int]


def pods(lab: RunningLab, part: manifests.Object) -> list[Pod]:
    """Look at the pods of a part, one for its one replica or its one node."""
    meta = part["metadata"]
    selector = ",".join(f"{key}={value}" for key, value in part["spec"]["selector"]["matchLabels"].items())
    words = ("get", "pods", "-n", meta["namespace"], "-l", selector, "-o", "json")
    found: list[dict[str, Any]] = json.loads(lab.node.kubectl(*words).stdout)["items"]
    return [
        Pod(
            ready=("Ready", "True") in {(item["type"], item["status"]) for item in pod["status"].get("conditions", ())},
            restarts={box["name"]: box["restartCount"] for box in pod["status"].get("containerStatuses", ())},
        )
        for pod in found
        if not pod["metadata"].get("deletionTimestamp")
    ]


@pytest.mark.proves(
    2,
    "neo4j",
    "phoenix",
    "kube-state-metrics",
    "node-exporter",
    "device-plugin",
    "searxng",
    "prometheus",
    "litellm",
    "open-webui",
    "ollama",
    "deepseek-r1-vllm",
    "postgres",
    "ingress",
)
@pytest.mark.parametrize("part", PARTS, ids=lambda item: item["metadata"]["name"])
def test_the_part_is_ready_and_has_never_restarted(lab: RunningLab, part: manifests.Object) -> None:
    for image, reason in absent([part]).items():
        pytest.skip(f"{image}: {reason}")
    until(lambda: [pod.ready for pod in pods(lab, part)] == [True], READY_SECONDS, "one pod is ready")
    names = [container["name"] for container in part["spec"]["template"]["spec"]["containers"]]
    assert [pod.restarts for pod in pods(lab, part)] == [dict.fromkeys(names, 0)]


def test_a_part_that_cannot_run_here_is_not_taken_for_one_that_does(lab: RunningLab) -> None:
    (grafana,) = (part for part in PARTS if part["metadata"]["name"] == "grafana")
    assert absent([grafana]) != {}
    assert [pod.ready for pod in pods(lab, grafana)] == [False]
