"""vLLM as an engine: one model, many requests at once."""

from __future__ import annotations

from importlib import resources
from typing import Final

from ailab.images import VLLM
from ailab.inference import Engine
from ailab.memory import VllmShare
from ailab.memory.cache import ServerCache
from ailab.routes import ModelRoute
from ailab.spec.models import VLLM_MEMORY, VllmSpec
from ailab.workload import Claim, Container, Files, Http, Mount, Port, Probes, Resources, Scratch, Workload

PORT: Final = Port("http", 8000)
CACHE: Final = "/models"
# Weights of tens of GiB are read and kernels compiled before the first answer.
START_SECONDS: Final = 1200
# It is loaded before it is ready, so silence means that it hangs or is overrun (docs/decisions/0022).
FIRST_WORD_SECONDS: Final = 4
FETCH: Final = "fetch_model.py"
SCRIPTS: Final = "/etc/fetch"
# Told to end, it ends at once, as `ailab.workload.wait_for` does and for its reason.
AWAIT: Final = """\
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
while not pathlib.Path(sys.argv[1]).exists():
    print("waiting for the model", flush=True)
    time.sleep(5)
"""
# Without the third, vLLM and the downloader tell their makers who uses them.
SHARED: Final = {"HF_HOME": CACHE, "HOME": "/home/vllm", "DO_NOT_TRACK": "1"}


# GPUs that share a model talk to each other through it.
TALK: Final = Mount(volume=Scratch(name="shm", limit="2Gi", in_memory=True), path="/dev/shm")  # noqa: S108 - no file


def vllm_engine(spec: VllmSpec, share: VllmShare, *, storage_class: str | None = None) -> Engine:
    """Describe a vLLM server for the model of `spec`, which takes its share of the GPU's memory and no more."""
    volume = Claim(name=f"{spec.alias}-models", size=spec.volume, storage_class=storage_class)
    complete = f"{CACHE}/{spec.revision}.complete"
    server = _server(spec, share, volume)
    script = resources.files("ailab").joinpath("scripts", FETCH).read_text(encoding="utf-8")
    fetcher = Container(
        name="fetch",
        image=VLLM,
        command=("python3", f"{SCRIPTS}/{FETCH}", spec.model, spec.revision, complete),
        env={**SHARED, "NVIDIA_VISIBLE_DEVICES": "void"},
        mounts=(
            Mount(volume=volume, path=CACHE),
            Mount(volume=Files(name=f"{spec.alias}-fetch", content={FETCH: script}), path=SCRIPTS),
        ),
        resources=Resources(cpu="50m", memory="256Mi", memory_limit="2Gi"),
    )
    waiter = Container(
        name="wait-for-model",
        image=VLLM,
        command=("python3", "-c", AWAIT, complete),
        env={"NVIDIA_VISIBLE_DEVICES": "void"},
        mounts=(Mount(volume=volume, path=CACHE, read_only=True),),
        resources=Resources(cpu="10m", memory="32Mi", memory_limit="128Mi"),
    )
    address = f"http://{spec.alias}:{PORT.number}/v1"
    route = ModelRoute(
        alias=spec.alias,
        params={"model": f"hosted_vllm/{spec.alias}", "api_base": address},
        first_word_seconds=FIRST_WORD_SECONDS,
        context=spec.context_length,
    )
    return Engine(
        server=Workload(name=spec.alias, main=server, before=(waiter,)),
        download=Workload(name=f"{spec.alias}-fetch", main=fetcher),
        routes=(route,),
        has_metrics=True,
    )


def _server(spec: VllmSpec, share: VllmShare, volume: Claim) -> Container:
    """Serve the model that the volume has."""
    return Container(
        name="vllm",
        image=VLLM,
        args=(
            spec.model,
            f"--revision={spec.revision}",
            f"--served-model-name={spec.alias}",
            f"--max-model-len={spec.context_length}",
            *_memory(spec, share),
            f"--port={PORT.number}",
            *((f"--reasoning-parser={spec.reasoning_parser}",) if spec.reasoning_parser else ()),
        ),
        env={
            **SHARED,
            "HF_HUB_OFFLINE": "1",
            "VLLM_CACHE_ROOT": "/home/vllm/cache",
        },
        ports=(PORT,),
        mounts=(Mount(volume=volume, path=CACHE, read_only=True), *((TALK,) if spec.gpus > 1 else ())),
        probes=Probes(ready=Http(path="/health", port=PORT.number), start_seconds=START_SECONDS),
        resources=Resources(cpu="300m", memory=VLLM_MEMORY, memory_limit=spec.memory, gpus=spec.gpus),
    )


def _memory(spec: VllmSpec, share: VllmShare) -> tuple[str, ...]:
    """Say what the plan decided. Left alone, vLLM chooses by the card's size and takes 92 % of it."""
    return (
        f"--gpu-memory-utilization={share.utilization}",
        f"--max-num-seqs={spec.parallel}",
        f"--max-num-batched-tokens={share.batch}",
        *((f"--kv-cache-memory-bytes={share.cache_bytes}",) if share.cache_bytes is not None else ()),
        *((f"--kv-cache-dtype={spec.kv_cache}",) if spec.kv_cache is not ServerCache.AUTO else ()),
        *((f"--tensor-parallel-size={spec.gpus}",) if spec.gpus > 1 else ()),
    )
