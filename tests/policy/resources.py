"""Promise: every container says what it needs, and the whole lab fits the smallest machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, cores, gibibytes, requests
from tests.policy.host_access import granted
from tests.policy.pods import containers, pods

CORES: Final = 1.7
MEMORY: Final = 20.0  # GiB
GPU: Final = "nvidia.com/gpu"
GPU_RUNTIME: Final = "nvidia-cdi"


def resources(objects: Sequence[Object]) -> Iterator[str]:
    faulty = False
    for name, container in containers(objects):
        for fault in _faults(container.get("resources", {})):
            faulty = True
            yield f"{name}: {fault}"
    for owner, pod in pods(objects):
        has_gpu = any(GPU in container.get("resources", {}).get("limits", {}) for container in pod["containers"])
        if (pod.get("runtimeClassName") == GPU_RUNTIME) != (has_gpu or granted(owner).all_gpus):
            yield f"{owner}: asks for a GPU without its runtime, or the other way round"
    if not faulty:
        asked = requests(objects)
        if asked.cores > CORES:
            yield f"the lab requests {asked.cores:.2f} cores, more than {CORES}"
        if asked.memory > MEMORY:
            yield f"the lab requests {asked.memory:.1f} GiB, more than {MEMORY}"


def _faults(asked: Object) -> Iterator[str]:
    wanted, limits = asked.get("requests", {}), asked.get("limits", {})
    if not {"cpu", "memory"} <= wanted.keys():
        yield "requests no CPU or no memory"
    if "memory" not in limits:
        yield "has no memory limit"
    elif "memory" in wanted and gibibytes(limits["memory"]) < gibibytes(wanted["memory"]):
        yield "may use less memory than it requests"
    if "cpu" in limits:
        yield "has a CPU limit, which slows it down while cores are idle"
    if "cpu" in wanted and cores(wanted["cpu"]) <= 0:
        yield "requests no CPU"
    if int(limits.get(GPU, 0)) > 1:
        yield "asks for more than one share of the GPU, which the device plugin refuses"
