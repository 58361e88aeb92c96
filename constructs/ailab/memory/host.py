"""The memory of Ollama's pod: what its programs hold beside the card, or everything where there is none."""

from __future__ import annotations

from typing import Final

from ailab.memory.engines import FLOAT, GIB, OllamaEngine, mask
from ailab.memory.model import Model

# The server, which is assumed, and for each loaded model its llama-server with the libraries of CUDA. On an H200 that
# held 0.2 GiB of its own, with the 262,208 tokens of Gemma 3 0.9 (decision 0037).
SERVER: Final = 1.0
PROCESS: Final = 0.5


def host_memory(engine: OllamaEngine, loaded: int, *, gpu: bool) -> float:
    """Tell how many GiB the pod needs with its largest models loaded: what the card does not hold, or all of it."""
    needs = []
    for each in engine.models:
        parts = engine.parts(each.model)
        beside = _exchanged(engine, each.model) if gpu else parts.weights + parts.cache + parts.work
        needs.append(PROCESS + each.model.on_host + beside)
    return SERVER + sum(sorted(needs, reverse=True)[:loaded])


def _exchanged(engine: OllamaEngine, model: Model) -> float:
    """Tell how many GiB a model's program shares with the card: the mask, and a batch's vectors on their way."""
    batch = engine.batch(model)
    return (mask(engine.longest(model), batch) + 2 * model.hidden * batch * FLOAT) / GIB


def loaded_on_host(engine: OllamaEngine, memory: float, *, gpu: bool) -> int:
    """Tell how many models a pod of so many GiB holds at once; 0 where the largest is too large."""
    wanted = min(engine.loaded or len(engine.models), len(engine.models))
    counts = range(wanted, 0, -1)
    return next((count for count in counts if host_memory(engine, count, gpu=gpu) <= memory), 0)
