"""vLLM as an engine: one model, many requests at once."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import Final

from ailab.images import VLLM
from ailab.inference import Engine
from ailab.memory import VllmShare
from ailab.memory.cache import ServerCache
from ailab.pod import digest
from ailab.routes import ModelRoute
from ailab.spec.models import VLLM_COMPILED, VLLM_MEMORY, VllmSpec
from ailab.workload import Claim, Container, Exec, Files, Http, Mount, Port, Probes, Resources, Scratch, Workload

PORT: Final = Port("http", 8000)
CACHE: Final = "/models"
# Weights of tens of GiB are read and kernels compiled before the first answer.
START_SECONDS: Final = 1200
# It is loaded before it is ready, so silence means that it hangs or is overrun (docs/decisions/0022).
FIRST_WORD_SECONDS: Final = 4
FETCH: Final = "fetch_model.py"
SCRIPTS: Final = "/etc/fetch"
ENTRYPOINT: Final = ("vllm", "serve")  # the image's own
# What vLLM compiles, on a volume of its own: it is code, and the models' volume is one that nobody but the Job writes.
COMPILED: Final = "/compiled"
KEEPER: Final = "compiled.py"
KEEPER_FOLDER: Final = "/etc/compiled"
KEEP_SECONDS: Final = 20
# Told to end, it ends at once, as `ailab.workload.wait_for` does and for its reason.
AWAIT: Final = """\
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
while not pathlib.Path(sys.argv[1]).exists():
    print("waiting for the model", flush=True)
    time.sleep(5)
"""
COMPILERS: Final = {
    "FLASHINFER_WORKSPACE_BASE": f"{COMPILED}/cache",
    "TRITON_CACHE_DIR": f"{COMPILED}/cache/triton",  # of kernels that vLLM's own compiler has no part in
    "VLLM_CACHE_ROOT": f"{COMPILED}/cache/vllm",
}
# Without the third, vLLM and the downloader tell their makers who uses them.
SHARED: Final = {"HF_HOME": CACHE, "HOME": "/home/vllm", "DO_NOT_TRACK": "1"}


# GPUs that share a model talk to each other through it.
TALK: Final = Mount(volume=Scratch(name="shm", limit="2Gi", in_memory=True), path="/dev/shm")  # noqa: S108 - no file


def vllm_engine(spec: VllmSpec, share: VllmShare, *, storage_class: str | None = None) -> Engine:
    """Describe a vLLM server for the model of `spec`, which takes its share of the GPU's memory and no more."""
    volume = Claim(name=f"{spec.alias}-models", size=spec.volume, storage_class=storage_class)
    complete = f"{CACHE}/{spec.revision}.complete"
    server = _server(spec, share, volume)
    fetcher = Container(
        name="fetch",
        image=VLLM,
        command=("python3", f"{SCRIPTS}/{FETCH}", spec.model, spec.revision, complete),
        env={**SHARED, "NVIDIA_VISIBLE_DEVICES": "void"},
        mounts=(
            Mount(volume=volume, path=CACHE),
            Mount(volume=Files(name=f"{spec.alias}-fetch", content={FETCH: _script(FETCH)}), path=SCRIPTS),
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
        server=_keeping(Workload(name=spec.alias, main=server, before=(waiter,)), storage_class),
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
        env={**SHARED, **COMPILERS, "HF_HUB_OFFLINE": "1"},
        ports=(PORT,),
        mounts=(Mount(volume=volume, path=CACHE, read_only=True), *((TALK,) if spec.gpus > 1 else ())),
        probes=Probes(ready=Http(path="/health", port=PORT.number), start_seconds=START_SECONDS),
        resources=Resources(cpu="300m", memory=VLLM_MEMORY, memory_limit=spec.memory, gpus=spec.gpus),
    )


def _keeping(workload: Workload, storage_class: str | None) -> Workload:
    """Let the server find again what it compiled, as long as it is the same server and starts with it."""
    main = workload.main
    identity = digest([main.image.reference, main.args, dict(main.env)])
    keeper = ("python3", f"{KEEPER_FOLDER}/{KEEPER}")
    compiled = Claim(name=f"{workload.name}-compiled", size=VLLM_COMPILED, storage_class=storage_class)
    script = Files(name=f"{workload.name}-keeper", content={KEEPER: _script(KEEPER)})
    kept = replace(
        main,
        command=(*keeper, "start", COMPILED, identity, *ENTRYPOINT),
        mounts=(*main.mounts, Mount(volume=compiled, path=COMPILED), Mount(volume=script, path=KEEPER_FOLDER)),
    )
    health = f"http://127.0.0.1:{PORT.number}/health"
    return replace(workload, main=kept).with_before_stop(
        Exec(command=(*keeper, "keep", COMPILED, identity, health)), KEEP_SECONDS
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


def _script(name: str) -> str:
    return resources.files("ailab").joinpath("scripts", name).read_text(encoding="utf-8")
