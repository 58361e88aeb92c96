"""The memory of Ollama's pod: what its programs hold beside the card, or everything where there is none."""

from __future__ import annotations

from typing import Final

from ailab.memory.engines import OllamaEngine

# The server and, for each loaded model, its llama-server with the libraries of CUDA. Assumed, not measured: without a
# GPU a llama-server holds 0.1 GiB beside its model.
SERVER: Final = 1.0
PROCESS: Final = 0.5


def host_memory(engine: OllamaEngine, loaded: int, *, gpu: bool) -> float:
    """Tell how many GiB the pod needs with its largest models loaded: what the card does not hold, or all of it."""
    needs = []
    for each in engine.models:
        parts = engine.parts(each.model)
        on_card = 0.0 if gpu else parts.weights + parts.cache + parts.work
        needs.append(PROCESS + each.model.on_host + on_card)
    return SERVER + sum(sorted(needs, reverse=True)[:loaded])


def loaded_on_host(engine: OllamaEngine, memory: float, *, gpu: bool) -> int:
    """Tell how many models a pod of so many GiB holds at once; 0 where the largest is too large."""
    wanted = min(engine.loaded or len(engine.models), len(engine.models))
    counts = range(wanted, 0, -1)
    return next((count for count in counts if host_memory(engine, count, gpu=gpu) <= memory), 0)
