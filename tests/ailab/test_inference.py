from __future__ import annotations

from ailab import GpuInferenceService, vllm_engine
from ailab.spec.models import VllmSpec
from tests.ailab.scene import MODELS, Scene, ends, environment, pod
from tests.policy.seeds import find

VLLM = VllmSpec(alias="deepseek", model="deepseek-ai/DeepSeek-R1", revision="6e8885a6ff5c1dc5201574c8fd700323f23c25fa")


def test_the_server_has_no_way_out_and_the_download_serves_nobody(scene: Scene) -> None:
    scene.ollama()
    assert ends(scene.objects()) == {("ollama-pull", "internet", 443)}


def test_the_download_writes_the_volume_that_the_server_reads(scene: Scene) -> None:
    scene.ollama()
    objects = scene.objects()
    server, download = pod(objects, "Deployment/ollama"), pod(objects, "Job/ollama-pull")
    assert {"name": "ollama-models", "mountPath": "/models", "readOnly": True} in server["containers"][0][
        "volumeMounts"
    ]
    assert {"name": "ollama-models", "mountPath": "/models"} in download["containers"][0]["volumeMounts"]
    assert download["containers"][0]["args"] == ["llama3.1:8b", "nomic-embed-text:v1.5"]


def test_a_server_with_a_gpu_asks_for_one_share_and_its_runtime(scene: Scene) -> None:
    scene.ollama()
    spec = pod(scene.objects(), "Deployment/ollama")
    assert spec["runtimeClassName"] == "nvidia-cdi"
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert "NVIDIA_VISIBLE_DEVICES" not in environment(spec["containers"][0])


def test_what_needs_no_gpu_takes_none(scene: Scene) -> None:
    scene.ollama(MODELS.model_copy(update={"gpu": False}))
    objects = scene.objects()
    for identity in ("Deployment/ollama", "Job/ollama-pull"):
        spec = pod(objects, identity)
        assert "runtimeClassName" not in spec
        assert "nvidia.com/gpu" not in spec["containers"][0]["resources"]["limits"]
        assert environment(spec["containers"][0])["NVIDIA_VISIBLE_DEVICES"] == "void"


def test_vllm_serves_the_named_commit_offline_and_waits_for_it(scene: Scene) -> None:
    GpuInferenceService(scene.chart, "deepseek", vllm_engine(VLLM))
    objects = scene.objects()
    server, download = pod(objects, "Deployment/deepseek"), pod(objects, "Job/deepseek-fetch")
    assert f"--revision={VLLM.revision}" in server["containers"][0]["args"]
    assert environment(server["containers"][0])["HF_HUB_OFFLINE"] == "1"
    complete = f"/models/{VLLM.revision}.complete"
    assert server["initContainers"][0]["command"][-1] == complete
    assert download["containers"][0]["command"][-3:] == [VLLM.model, VLLM.revision, complete]


def test_models_outlive_the_pod(scene: Scene) -> None:
    scene.ollama()
    objects = scene.objects()
    assert find(objects, "PersistentVolumeClaim/ollama-models")["spec"]["resources"]["requests"]["storage"] == "60Gi"
    assert find(objects, "Deployment/ollama")["spec"]["strategy"]["type"] == "Recreate"
