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


def test_vllm_serves_under_the_name_port_and_limits_that_the_lab_file_says(scene: Scene) -> None:
    spec = VLLM.model_copy(update={"context_length": 16384, "gpu_memory_share": 0.3, "memory": "24Gi"})
    part = GpuInferenceService(scene.chart, "deepseek", vllm_engine(spec))
    objects = scene.objects()
    server = pod(objects, "Deployment/deepseek")["containers"][0]
    assert server["args"] == [
        "deepseek-ai/DeepSeek-R1",
        f"--revision={VLLM.revision}",
        "--served-model-name=deepseek",
        "--max-model-len=16384",
        "--gpu-memory-utilization=0.3",
        "--port=8000",
    ]
    assert [port["containerPort"] for port in server["ports"]] == [8000]
    assert [port["port"] for port in find(objects, "Service/deepseek")["spec"]["ports"]] == [8000]
    assert server["resources"]["limits"]["memory"] == "24Gi"
    [route] = part.routes
    assert route.alias == "deepseek"
    assert route.params == {"model": "hosted_vllm/deepseek", "api_base": "http://deepseek:8000/v1"}


def test_vllm_tells_the_thought_from_the_answer_by_the_named_parser(scene: Scene) -> None:
    spec = VLLM.model_copy(update={"reasoning_parser": "deepseek_r1"})
    GpuInferenceService(scene.chart, "deepseek", vllm_engine(spec))
    server = pod(scene.objects(), "Deployment/deepseek")["containers"][0]
    assert server["args"][-1] == "--reasoning-parser=deepseek_r1"


def test_vllm_is_asked_whether_it_lives_and_may_load_for_twenty_minutes(scene: Scene) -> None:
    GpuInferenceService(scene.chart, "deepseek", vllm_engine(VLLM))
    server = pod(scene.objects(), "Deployment/deepseek")["containers"][0]
    assert server["livenessProbe"]["httpGet"] == {"path": "/health", "port": 8000}
    assert server["startupProbe"]["failureThreshold"] * server["startupProbe"]["periodSeconds"] == 1200


def test_vllm_keeps_its_model_on_the_chosen_storage(scene: Scene) -> None:
    spec = VLLM.model_copy(update={"volume": "20Gi"})
    GpuInferenceService(scene.chart, "deepseek", vllm_engine(spec, storage_class="fast"))
    claim = find(scene.objects(), "PersistentVolumeClaim/deepseek-models")["spec"]
    assert claim["resources"]["requests"]["storage"] == "20Gi"
    assert claim["storageClassName"] == "fast"


def test_neither_ollama_asks_the_cloud_of_its_maker(scene: Scene) -> None:
    scene.ollama()
    objects = scene.objects()
    for identity in ("Deployment/ollama", "Job/ollama-pull"):
        assert environment(pod(objects, identity)["containers"][0])["OLLAMA_NO_CLOUD"] == "1"


def test_neither_vllm_nor_its_download_tells_its_maker_who_uses_it(scene: Scene) -> None:
    GpuInferenceService(scene.chart, "deepseek", vllm_engine(VLLM))
    objects = scene.objects()
    for identity in ("Deployment/deepseek", "Job/deepseek-fetch"):
        assert environment(pod(objects, identity)["containers"][0])["DO_NOT_TRACK"] == "1"


def test_models_outlive_the_pod(scene: Scene) -> None:
    scene.ollama()
    objects = scene.objects()
    assert find(objects, "PersistentVolumeClaim/ollama-models")["spec"]["resources"]["requests"]["storage"] == "60Gi"
    assert find(objects, "Deployment/ollama")["spec"]["strategy"]["type"] == "Recreate"
