"""Promise: every container says what it needs, and what it may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, cores, gibibytes
from tests.policy.host_access import granted
from tests.policy.pods import containers, pods

GPU: Final = "nvidia.com/gpu"
GPU_RUNTIME: Final = "nvidia-cdi"


def resources(objects: Sequence[Object]) -> Iterator[str]:
    asked = {name: container.get("resources", {}) for name, container in containers(objects)}
    for name, resource in asked.items():
        yield from (f"{name}: {fault}" for fault in _faults(resource))
    gpus = {name: int(resource.get("limits", {}).get(GPU, 0)) for name, resource in asked.items()}
    if sum(map(bool, gpus.values())) > 1:
        several = (name for name, number in gpus.items() if number > 1)
        yield from (
            f"{name}: asks for more than one share of the GPU, which the device plugin refuses" for name in several
        )
    for owner, pod in pods(objects):
        has_gpu = any(GPU in container.get("resources", {}).get("limits", {}) for container in pod["containers"])
        if (pod.get("runtimeClassName") == GPU_RUNTIME) != (has_gpu or granted(owner).all_gpus):
            yield f"{owner}: asks for a GPU without its runtime, or the other way round"


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
