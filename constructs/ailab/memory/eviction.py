"""When Ollama lets a model go to make room for another, and how much room keeps it from that.

Before it loads a model beside others, Ollama compares what it expects of it with what it finds free, and first lets
others go where that is too little: `load` of https://github.com/ollama/ollama/blob/v0.32.15/server/sched.go.
"""

from __future__ import annotations

from typing import Final

from ailab.memory.engines import GIB, OllamaEngine
from ailab.memory.model import Model

USABLE: Final = 0.8  # of what is free, by Ollama's rule
SIXTEEN_BITS: Final = 2


def expected(engine: OllamaEngine, model: Model) -> float:
    """Tell how many GiB Ollama expects a model to take: its file, and 16 bits for all that every layer could keep.

    Smaller types of cache, layers that slide, and work do not count (`PredictServerVRAM` of
    https://github.com/ollama/ollama/blob/v0.32.15/llm/llama_server.go).
    """
    tokens = engine.longest(model) * (1 if model.embeds else engine.parallel)
    return model.file + model.layers * model.supposed * SIXTEEN_BITS * tokens / GIB


def room(engine: OllamaEngine, loaded: int) -> float:
    """Tell how many GiB keep any `loaded` of the models on the card at once, whichever of them comes last."""
    taken = [engine.parts(each.model).total for each in engine.models]
    if loaded == 1:
        return max(taken)  # the first one is loaded whatever is free
    wanted = []
    for number, each in enumerate(engine.models):
        others = sorted((*taken[:number], *taken[number + 1 :]), reverse=True)[: loaded - 1]
        # The program that asks the card what is free takes its own part meanwhile.
        asked = expected(engine, each.model) / USABLE + engine.program
        wanted.append(sum(others) + max(taken[number], asked))
    return max(wanted)
