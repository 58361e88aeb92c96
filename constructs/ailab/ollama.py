"""Ollama as an engine: several models that take turns."""

from __future__ import annotations

from importlib import resources
from typing import Final

from ailab.images import OLLAMA
from ailab.inference import Engine
from ailab.memory import OllamaShare
from ailab.memory.cache import FileCache
from ailab.routes import ModelRoute
from ailab.spec import parts
from ailab.spec.memory import loaded_without_gpu, served_by_ollama
from ailab.spec.models import OllamaModel, OllamaSpec, Role
from ailab.workload import Claim, Container, Files, Http, Mount, Port, Probes, Resources, Workload

PORT: Final = Port("http", 11434)
MODELS: Final = "/models"
HOME: Final = "/tmp"  # noqa: S108 - Ollama writes a key pair to $HOME/.ollama at start and fails where it cannot


def ollama_engine(spec: OllamaSpec, share: OllamaShare | None, *, storage_class: str | None = None) -> Engine:
    """Describe an Ollama server with the models of `spec`, and its share of the GPU; without one it uses none."""
    volume = Claim(name=f"{parts.OLLAMA}-models", size=spec.volume, storage_class=storage_class)
    # The image says NVIDIA_VISIBLE_DEVICES=all, which takes the GPU unasked where nvidia is the default runtime.
    no_gpu = {"NVIDIA_VISIBLE_DEVICES": "void"}
    server = Container(
        name="ollama",
        image=OLLAMA,
        env={
            "HOME": HOME,
            "OLLAMA_HOST": f"0.0.0.0:{PORT.number}",
            "OLLAMA_MODELS": MODELS,
            **_memory(spec, share),
            "OLLAMA_NOPRUNE": "1",  # at start it would delete what the download Job has not finished
            "OLLAMA_NO_CLOUD": "1",
            **({} if share else no_gpu),
        },
        ports=(PORT,),
        mounts=(Mount(volume=volume, path=MODELS, read_only=True),),
        probes=Probes(ready=Http(path="/", port=PORT.number)),
        resources=Resources(cpu="100m", memory="1Gi", memory_limit=spec.memory, gpus=int(share is not None)),
    )
    # The server makes these two folders or dies (measured with 0.32); it may not, and the Job may not have run yet.
    folders = Container(
        name="folders",
        image=OLLAMA,
        command=("mkdir", "-p", f"{MODELS}/blobs", f"{MODELS}/manifests"),
        env=no_gpu,
        mounts=(Mount(volume=volume, path=MODELS),),
        resources=Resources(cpu="10m", memory="16Mi", memory_limit="64Mi"),
    )
    script = resources.files("ailab").joinpath("scripts/pull.sh").read_text(encoding="utf-8")
    puller = Container(
        name="pull",
        image=OLLAMA,
        command=("bash", "/etc/pull/pull.sh"),
        args=tuple(model.tag for model in spec.models),
        env={"HOME": HOME, "OLLAMA_MODELS": MODELS, "OLLAMA_NOPRUNE": "1", "OLLAMA_NO_CLOUD": "1", **no_gpu},
        mounts=(
            Mount(volume=volume, path=MODELS),
            Mount(volume=Files(name=parts.OLLAMA_PULL, content={"pull.sh": script}), path="/etc/pull"),
        ),
        resources=Resources(cpu="50m", memory="128Mi", memory_limit="1Gi"),
    )
    return Engine(
        server=Workload(name=parts.OLLAMA, main=server, before=(folders,)),
        download=Workload(name=parts.OLLAMA_PULL, main=puller),
        routes=tuple(_route(spec, model, f"http://{parts.OLLAMA}:{PORT.number}") for model in spec.models),
        has_metrics=False,  # asked for since 2024 (https://github.com/ollama/ollama/issues/3144)
    )


def _memory(spec: OllamaSpec, share: OllamaShare | None) -> dict[str, str]:
    """Say what the plan decided: what is not said, Ollama chooses by the size of the card.

    See https://github.com/ollama/ollama/blob/main/envconfig/config.go; the last is llama.cpp's, which Ollama passes on.
    """
    # Before it loads a model, Ollama does not ask what its pod may hold.
    loaded = share.loaded if share else loaded_without_gpu(spec)
    return {
        "OLLAMA_CONTEXT_LENGTH": str(spec.context_length),
        "OLLAMA_NUM_PARALLEL": str(spec.parallel),
        # A smaller type is passed over without flash attention, and the plan's memory of a step is that with it.
        **({"OLLAMA_FLASH_ATTENTION": "1"} if share or spec.kv_cache is not FileCache.F16 else {}),
        **({"OLLAMA_KV_CACHE_TYPE": spec.kv_cache} if spec.kv_cache is not FileCache.F16 else {}),
        **({"OLLAMA_MAX_LOADED_MODELS": str(loaded)} if loaded else {}),
        **({"LLAMA_ARG_FIT_TARGET": str(share.spare)} if share else {}),
    }


def _route(spec: OllamaSpec, model: OllamaModel, address: str) -> ModelRoute:
    # `ollama/` would flatten a chat into one prompt (measured); embeddings have no such choice.
    prefix = "ollama_chat" if model.role is Role.CHAT else "ollama"
    known = served_by_ollama(model)
    return ModelRoute(
        alias=model.alias,
        role=model.role,
        params={"model": f"{prefix}/{model.tag}", "api_base": address},
        context=min(spec.context_length, known.context) if known else spec.context_length,
    )
