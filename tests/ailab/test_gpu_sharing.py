from __future__ import annotations

import pytest
import yaml

from ailab.gpu_sharing import GpuSharing
from ailab.images import DEVICE_PLUGIN, POSTGRES, Image
from ailab.spec import LabSpec
from ailab.workload import Container, HostFolder, Mount, Resources, Workload
from infra import manifests
from tests.ailab.scene import Scene, environment, pod
from tests.policy.seeds import find
from tests.synthesis import synthesize

VLLM = {"model": "Qwen/Qwen3-0.6B", "revision": "0123456789abcdef0123456789abcdef01234567"}
RESOURCES = Resources(cpu="10m", memory="64Mi", memory_limit="64Mi")


def _configuration(objects: list[manifests.Object]) -> object:
    return yaml.safe_load(find(objects, "ConfigMap/device-plugin")["data"]["config.yaml"])


def test_the_gpu_counts_once_for_each_server_that_uses_it(scene: Scene) -> None:
    GpuSharing(scene.chart, "device-plugin", shares=3)
    assert _configuration([*scene.objects()]) == {
        "version": "v1",
        "sharing": {
            "timeSlicing": {
                "renameByDefault": False,
                "failRequestsGreaterThanOne": True,
                "resources": [{"name": "nvidia.com/gpu", "replicas": 3}],
            }
        },
    }


def test_a_server_that_is_alone_shares_with_nobody(scene: Scene) -> None:
    GpuSharing(scene.chart, "device-plugin", shares=1)
    assert _configuration([*scene.objects()]) == {"version": "v1"}


def test_the_plugin_is_privileged_and_says_why(scene: Scene) -> None:
    GpuSharing(scene.chart, "device-plugin", shares=2)
    objects = scene.objects()
    template = find(objects, "DaemonSet/device-plugin")["spec"]["template"]
    assert "socket" in template["metadata"]["annotations"]["ailab/host-access"]
    [container] = pod(objects, "DaemonSet/device-plugin")["containers"]
    assert container["securityContext"] == {"privileged": True, "readOnlyRootFilesystem": True}
    assert environment(container)["DEVICE_ID_STRATEGY"] == "index"
    assert find(objects, "RuntimeClass/nvidia-cdi")["handler"] == "nvidia-cdi"


@pytest.mark.parametrize(
    ("image", "mounts"),
    [
        pytest.param(DEVICE_PLUGIN, (), id="root"),
        pytest.param(POSTGRES, (Mount(volume=HostFolder(name="etc", path="/etc"), path="/etc"),), id="a folder"),
    ],
)
def test_nothing_of_the_node_is_given_without_a_reason(image: Image, mounts: tuple[Mount, ...]) -> None:
    with pytest.raises(ValueError, match="of the node needs HostAccess, which says why"):
        Workload(name="x", main=Container(name="x", image=image, resources=RESOURCES, mounts=mounts))


def _kinds(**sections: object) -> set[tuple[str, str]]:
    spec = LabSpec.model_validate({"name": "lab", "tailnet": "example", **sections})
    return {(item["kind"], item["metadata"]["name"]) for item in synthesize(spec)}


SHARED = {("RuntimeClass", "nvidia-cdi"), ("DaemonSet", "device-plugin"), ("DaemonSet", "dcgm-exporter")}
OF_THE_NODE = {("Namespace", "lab-system"), ("DaemonSet", "node-exporter")}


def test_a_lab_makes_what_its_cluster_lacks() -> None:
    assert {*SHARED, *OF_THE_NODE} <= _kinds(vllm=[{"alias": "r1", **VLLM}])


def test_an_existing_platform_is_left_alone() -> None:
    kinds = _kinds(vllm=[{"alias": "r1", **VLLM}], cluster={"platform": "existing"})
    assert not {*SHARED, *OF_THE_NODE} & kinds


def test_a_lab_without_a_gpu_asks_for_no_driver() -> None:
    ollama = {"gpu": False, "models": [{"alias": "a", "tag": "a:1b"}]}
    kinds = _kinds(ollama=ollama)
    assert kinds >= OF_THE_NODE
    assert not SHARED & kinds
