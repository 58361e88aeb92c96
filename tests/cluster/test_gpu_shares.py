"""One GPU for several servers: NVIDIA's plugin reads the lab's ConfigMap, and the kubelet goes by what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App, Chart

from ailab.gpu_sharing import GpuSharing
from ailab.pod import GPU_RESOURCE, GPU_RUNTIME_CLASS
from infra.labs import DIST
from testnode.patience import until
from tests.cluster.running import RunningLab
from tests.testnode.pods import Pod

pytestmark = pytest.mark.proves(2)

SECONDS = 300
PLUGIN = "device-plugin"


def _shares(lab: RunningLab) -> str:
    [node] = json.loads(lab.node.kubectl("get", "nodes", "-o", "json").stdout)["items"]
    return str(node["status"]["allocatable"].get(GPU_RESOURCE))


@contextmanager
def _asking(lab: RunningLab, gpus: int) -> Iterator[str]:
    """Ask for so many shares for the length of a `with` block; gives the pod's name."""
    pod = Pod(f"asks-for-{gpus}", limits={"memory": "16Mi", GPU_RESOURCE: str(gpus)}, runtime_class=GPU_RUNTIME_CLASS)
    manifest = {**pod.manifest(), "metadata": {"name": pod.name, "namespace": lab.spec.namespace}}
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    try:
        yield pod.name
    finally:
        lab.kubectl("delete", "pod", pod.name, "--wait=true")


def _status(lab: RunningLab, pod: str) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(lab.kubectl("get", "pod", pod, "-o", "json"))["status"]
    return status


def _unscheduled(lab: RunningLab, pod: str) -> str:
    """Read why no node takes a pod; empty where one does, or nobody has looked yet."""
    conditions = {item["type"]: item for item in _status(lab, pod).get("conditions", ())}
    return str(conditions.get("PodScheduled", {}).get("message", ""))


@contextmanager
def _shared_by(lab: RunningLab, shares: int, folder: Path) -> Iterator[None]:
    """Apply the plugin of a lab with so many servers for the length of a `with` block."""
    app = App(outdir=str(folder))
    labels = {"app.kubernetes.io/part-of": lab.spec.name}
    chart = Chart(app, PLUGIN, namespace=lab.spec.system_namespace, labels=labels, disable_resource_name_hashes=True)
    GpuSharing(chart, PLUGIN, shares=shares)
    app.synth()
    try:
        lab.node.kubectl("apply", "-f", folder)
        until(lambda: _shares(lab) == str(shares), SECONDS, f"the node has {shares} shares")
        yield
    finally:
        lab.node.kubectl("apply", "-f", DIST / lab.spec.name / f"{PLUGIN}.yaml")
        until(lambda: _shares(lab) == str(lab.spec.gpu_shares), SECONDS, "the node has its own shares again")


def test_the_node_has_one_share_for_each_server_that_uses_the_gpu(lab: RunningLab) -> None:
    assert lab.spec.gpu_shares == 2
    assert _shares(lab) == "2"


@pytest.mark.proves(2, "device-plugin", "ollama -> gpu", "deepseek-r1-vllm -> gpu")
def test_both_servers_have_the_one_gpu_by_its_index(lab: RunningLab) -> None:
    """As NVIDIA's runtime, which is not here, finds it in the host's list of devices."""
    for name in ("ollama", "deepseek-r1-vllm"):
        assert lab.kubectl("exec", f"deployment/{name}", "--", "printenv", "NVIDIA_VISIBLE_DEVICES") == "0\n"


def test_a_third_pod_waits_and_says_for_what(lab: RunningLab) -> None:
    with _asking(lab, 1) as pod:
        until(lambda: _unscheduled(lab, pod) != "", SECONDS, "the scheduler has looked at the pod")
        assert _unscheduled(lab, pod).startswith(f"0/1 nodes are available: 1 Insufficient {GPU_RESOURCE}.")
        assert _status(lab, pod)["phase"] == "Pending"


def test_another_number_in_the_configuration_is_followed_and_lets_the_third_pod_run(
    lab: RunningLab, tmp_path: Path
) -> None:
    with _shared_by(lab, 3, tmp_path), _asking(lab, 1) as pod:
        until(lambda: _status(lab, pod)["phase"] == "Running", SECONDS, "the third pod runs")


def test_two_shares_for_one_pod_are_refused_for_they_are_no_more_than_one(lab: RunningLab, tmp_path: Path) -> None:
    with _shared_by(lab, 4, tmp_path), _asking(lab, 2) as pod:
        until(partial(_has_failed, lab, pod), SECONDS, "the pod is refused")
        status = _status(lab, pod)
        assert status["reason"] == "UnexpectedAdmissionError"
        assert "maximum request size for shared resources is 1; found 2" in status["message"]


def _has_failed(lab: RunningLab, pod: str) -> bool:
    return str(_status(lab, pod)["phase"]) == "Failed"
