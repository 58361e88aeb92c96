from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ailab import vllm_engine
from ailab.memory import VllmEngine, plan
from ailab.memory.cache import FileCache, ServerCache
from ailab.spec.models import OllamaModel, VllmSpec
from testnode.programs.vllm_server import options
from tests.ailab.first_process import only_by_root, told_to_end
from tests.ailab.scene import CARD, MODEL, MODELS, Scene, ends, environment, pod
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
    scene.vllm(VLLM)
    objects = scene.objects()
    server, download = pod(objects, "Deployment/deepseek"), pod(objects, "Job/deepseek-fetch")
    assert f"--revision={VLLM.revision}" in server["containers"][0]["args"]
    assert environment(server["containers"][0])["HF_HUB_OFFLINE"] == "1"
    complete = f"/models/{VLLM.revision}.complete"
    assert server["initContainers"][0]["command"][-1] == complete
    command = ["python3", "/etc/fetch/fetch_model.py", VLLM.model, VLLM.revision, complete]
    assert download["containers"][0]["command"] == command
    assert {"name": "deepseek-fetch", "mountPath": "/etc/fetch", "readOnly": True} in download["containers"][0][
        "volumeMounts"
    ]
    assert "fetch_model.py" in find(objects, "ConfigMap/deepseek-fetch")["data"]


@only_by_root
def test_vllm_that_waits_for_its_model_ends_when_told_to(scene: Scene, tmp_path: Path) -> None:
    scene.vllm(VLLM)
    *interpreter, _ = pod(scene.objects(), "Deployment/deepseek")["initContainers"][0]["command"]
    log = tmp_path / "log"
    status = told_to_end([*interpreter, tmp_path / "mark"], log, lambda: "waiting" in log.read_text(encoding="utf-8"))
    assert status == 128 + signal.SIGTERM


def test_vllm_serves_under_the_name_port_and_limits_that_the_lab_file_says(scene: Scene) -> None:
    spec = VLLM.model_copy(update={"context_length": 16384, "gpu_memory_share": 0.3, "memory": "24Gi"})
    part = scene.vllm(spec)
    objects = scene.objects()
    server = pod(objects, "Deployment/deepseek")["containers"][0]
    assert server["args"] == [
        "deepseek-ai/DeepSeek-R1",
        f"--revision={VLLM.revision}",
        "--served-model-name=deepseek",
        "--max-model-len=16384",
        "--gpu-memory-utilization=0.3",
        "--max-num-seqs=32",
        "--max-num-batched-tokens=2048",
        "--port=8000",
    ]
    assert [port["containerPort"] for port in server["ports"]] == [8000]
    assert [port["port"] for port in find(objects, "Service/deepseek")["spec"]["ports"]] == [8000]
    assert server["resources"]["limits"]["memory"] == "24Gi"
    [route] = part.routes
    assert route.alias == "deepseek"
    assert route.params == {"model": "hosted_vllm/deepseek", "api_base": "http://deepseek:8000/v1"}


def test_vllm_takes_what_the_plan_gives_it_where_the_file_says_nothing(scene: Scene) -> None:
    scene.vllm(VLLM)
    server = pod(scene.objects(), "Deployment/deepseek")["containers"][0]
    [share] = [word for word in server["args"] if word.startswith("--gpu-memory-utilization=")]
    assert share == "--gpu-memory-utilization=0.968"


def test_vllm_keeps_what_it_compiles_apart_from_the_models_that_it_cannot_write(scene: Scene) -> None:
    scene.vllm(VLLM, storage_class="fast")
    objects = scene.objects()
    server = pod(objects, "Deployment/deepseek")["containers"][0]
    claims = {"deepseek-models", "deepseek-compiled"}
    assert [mount for mount in server["volumeMounts"] if mount["name"] in claims] == [
        {"name": "deepseek-models", "mountPath": "/models", "readOnly": True},
        {"name": "deepseek-compiled", "mountPath": "/compiled"},
    ]
    told = environment(server)
    assert {name: told[name] for name in told if told[name].startswith("/compiled")} == {
        "FLASHINFER_WORKSPACE_BASE": "/compiled/cache",
        "TRITON_CACHE_DIR": "/compiled/cache/triton",
        "VLLM_CACHE_ROOT": "/compiled/cache/vllm",
    }
    claim = find(objects, "PersistentVolumeClaim/deepseek-compiled")["spec"]
    assert (claim["resources"]["requests"]["storage"], claim["storageClassName"]) == ("4Gi", "fast")
    others = [*pod(objects, "Deployment/deepseek")["initContainers"], *pod(objects, "Job/deepseek-fetch")["containers"]]
    assert [mount for one in others for mount in one["volumeMounts"] if mount["name"] == "deepseek-compiled"] == []


def test_vllm_is_started_and_ended_by_the_keeper_of_what_it_compiles(scene: Scene) -> None:
    scene.vllm(VLLM)
    template = pod(scene.objects(), "Deployment/deepseek")
    server = template["containers"][0]
    *start, identity, program, verb = server["command"]
    assert start == ["python3", "/etc/compiled/compiled.py", "start", "/compiled"]
    assert (program, verb) == ("vllm", "serve")
    end = ["python3", "/etc/compiled/compiled.py", "keep", "/compiled", identity, "http://127.0.0.1:8000/health"]
    assert server["lifecycle"] == {"preStop": {"exec": {"command": end}}}
    assert template["terminationGracePeriodSeconds"] == 50
    assert {"name": "deepseek-keeper", "mountPath": "/etc/compiled", "readOnly": True} in server["volumeMounts"]


def test_what_one_server_compiled_is_not_for_one_with_other_arguments() -> None:
    share = plan(CARD, [VllmEngine(name="a", model=MODEL, context=4096)]).vllm[0]
    servers = (VLLM, VLLM, VLLM.model_copy(update={"parallel": 8}), VLLM.model_copy(update={"revision": "a" * 40}))
    first, same, *others = (vllm_engine(spec, share).server.main.command[4] for spec in servers)
    assert first == same
    assert len({first, *others}) == 3


def test_vllm_is_told_how_values_are_kept_and_how_many_gpus_share_the_model(scene: Scene) -> None:
    scene.vllm(VLLM.model_copy(update={"kv_cache": ServerCache.FP8, "gpus": 2, "parallel": 8}))
    server = pod(scene.objects(), "Deployment/deepseek")["containers"][0]
    assert {"--kv-cache-dtype=fp8", "--tensor-parallel-size=2", "--max-num-seqs=8"} <= set(server["args"])
    assert server["resources"]["limits"]["nvidia.com/gpu"] == "2"
    [talk] = [mount for mount in server["volumeMounts"] if mount["mountPath"] == "/dev/shm"]  # noqa: S108 - no file
    volumes = pod(scene.objects(), "Deployment/deepseek")["volumes"]
    [volume] = [volume for volume in volumes if volume["name"] == talk["name"]]
    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "2Gi"}


def test_vllm_knows_every_flag_that_it_is_given() -> None:
    """`options` refuses what is not among the flags of vLLM's source."""
    whole = VLLM.model_copy(update={"kv_cache": ServerCache.FP8, "gpus": 2, "reasoning_parser": "deepseek_r1"})
    pair = plan(CARD, [VllmEngine(name=name, model=MODEL, context=4096) for name in ("a", "b")]).vllm
    arguments = vllm_engine(whole, pair[0]).server.main.args
    assert [word.partition("=")[0] for word in arguments if word.startswith("--kv-cache-memory-bytes=")]
    assert options.read(("serve", *arguments)).max_num_seqs == 32
    with pytest.raises(SystemExit):
        options.read(("serve", *arguments, "--kv-cache-memory-gigabytes=3"))


# Those of https://github.com/ollama/ollama/blob/main/envconfig/config.go that a lab may set.
OLLAMA_KNOWS = {
    "OLLAMA_CONTEXT_LENGTH",
    "OLLAMA_FLASH_ATTENTION",
    "OLLAMA_HOST",
    "OLLAMA_KEEP_ALIVE",
    "OLLAMA_KV_CACHE_TYPE",
    "OLLAMA_LOAD_TIMEOUT",
    "OLLAMA_MAX_LOADED_MODELS",
    "OLLAMA_MAX_QUEUE",
    "OLLAMA_MODELS",
    "OLLAMA_NOPRUNE",
    "OLLAMA_NO_CLOUD",
    "OLLAMA_NUM_PARALLEL",
}


def test_ollama_knows_every_variable_that_it_is_given(scene: Scene) -> None:
    scene.ollama(MODELS.model_copy(update={"kv_cache": FileCache.Q4_0}))
    told = environment(pod(scene.objects(), "Deployment/ollama")["containers"][0])
    assert {name for name in told if name.startswith("OLLAMA_")} <= OLLAMA_KNOWS


def test_ollama_is_told_what_the_plan_decided(scene: Scene) -> None:
    scene.ollama(MODELS.model_copy(update={"parallel": 2, "kv_cache": FileCache.Q8_0}))
    told = environment(pod(scene.objects(), "Deployment/ollama")["containers"][0])
    assert {name: told[name] for name in told if name.startswith(("OLLAMA_", "LLAMA_"))} == {
        "OLLAMA_HOST": "0.0.0.0:11434",
        "OLLAMA_MODELS": "/models",
        "OLLAMA_CONTEXT_LENGTH": "8192",
        "OLLAMA_NUM_PARALLEL": "2",
        "OLLAMA_FLASH_ATTENTION": "1",
        "OLLAMA_KV_CACHE_TYPE": "q8_0",
        "OLLAMA_MAX_LOADED_MODELS": "2",
        "LLAMA_ARG_FIT_TARGET": "512",
        "OLLAMA_NOPRUNE": "1",
        "OLLAMA_NO_CLOUD": "1",
    }


def test_ollama_without_a_gpu_is_told_nothing_of_one(scene: Scene) -> None:
    scene.ollama(MODELS.model_copy(update={"gpu": False}))
    told = environment(pod(scene.objects(), "Deployment/ollama")["containers"][0])
    assert told["OLLAMA_CONTEXT_LENGTH"] == "8192"
    assert told["OLLAMA_MAX_LOADED_MODELS"] == "1"  # as many as 8 GiB hold
    assert not {"OLLAMA_FLASH_ATTENTION", "LLAMA_ARG_FIT_TARGET"} & told.keys()


def test_a_larger_pod_without_a_gpu_holds_more_models(scene: Scene) -> None:
    scene.ollama(MODELS.model_copy(update={"gpu": False, "memory": "12Gi"}))
    told = environment(pod(scene.objects(), "Deployment/ollama")["containers"][0])
    assert told["OLLAMA_MAX_LOADED_MODELS"] == "2"


def test_of_models_that_nobody_knows_ollama_decides_how_many_the_processor_runs(scene: Scene) -> None:
    unknown = OllamaModel(alias="own", tag="somebody/our-own:1.0")
    scene.ollama(MODELS.model_copy(update={"gpu": False, "models": (unknown,)}))
    assert "OLLAMA_MAX_LOADED_MODELS" not in environment(pod(scene.objects(), "Deployment/ollama")["containers"][0])


def test_vllm_tells_the_thought_from_the_answer_by_the_named_parser(scene: Scene) -> None:
    spec = VLLM.model_copy(update={"reasoning_parser": "deepseek_r1"})
    scene.vllm(spec)
    server = pod(scene.objects(), "Deployment/deepseek")["containers"][0]
    assert server["args"][-1] == "--reasoning-parser=deepseek_r1"


def test_vllm_is_asked_whether_it_lives_and_may_load_for_twenty_minutes(scene: Scene) -> None:
    scene.vllm(VLLM)
    server = pod(scene.objects(), "Deployment/deepseek")["containers"][0]
    assert server["livenessProbe"]["httpGet"] == {"path": "/health", "port": 8000}
    assert server["startupProbe"]["failureThreshold"] * server["startupProbe"]["periodSeconds"] == 1200


def test_vllm_keeps_its_model_on_the_chosen_storage(scene: Scene) -> None:
    spec = VLLM.model_copy(update={"volume": "20Gi"})
    scene.vllm(spec, storage_class="fast")
    claim = find(scene.objects(), "PersistentVolumeClaim/deepseek-models")["spec"]
    assert claim["resources"]["requests"]["storage"] == "20Gi"
    assert claim["storageClassName"] == "fast"


def test_neither_ollama_asks_the_cloud_of_its_maker(scene: Scene) -> None:
    scene.ollama()
    objects = scene.objects()
    for identity in ("Deployment/ollama", "Job/ollama-pull"):
        assert environment(pod(objects, identity)["containers"][0])["OLLAMA_NO_CLOUD"] == "1"


def test_neither_vllm_nor_its_download_tells_its_maker_who_uses_it(scene: Scene) -> None:
    scene.vllm(VLLM)
    objects = scene.objects()
    for identity in ("Deployment/deepseek", "Job/deepseek-fetch"):
        assert environment(pod(objects, identity)["containers"][0])["DO_NOT_TRACK"] == "1"


def test_models_outlive_the_pod(scene: Scene) -> None:
    scene.ollama()
    objects = scene.objects()
    assert find(objects, "PersistentVolumeClaim/ollama-models")["spec"]["resources"]["requests"]["storage"] == "60Gi"
    assert find(objects, "Deployment/ollama")["spec"]["strategy"]["type"] == "Recreate"
