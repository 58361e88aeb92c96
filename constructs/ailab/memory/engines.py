"""What an engine needs on a card: in parts that its own log names too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ailab.memory.cache import FileCache, Pages, ServerCache, cells, pages
from ailab.memory.card import PROGRAM, Card
from ailab.memory.model import Model

GIB: Final = 1 << 30
# Each program that uses CUDA holds so much before it asks for any, and vLLM does not count it as its own: what it found
# free at its start ("Free memory on device (22.93/23.56 GiB) on startup") was 0.1 to 0.9 GiB below the whole in eight
# logs of one card.
SERVER_CONTEXT: Final = 0.6
# What vLLM's process takes beside PyTorch's tensors: 0.02 to 0.35 in logs on one card; several talk to each other.
OTHER: Final = 0.3
OTHER_TOGETHER: Final = 2.0
# Recorded graphs: 0.44 GiB for 26 layers (https://github.com/vllm-project/vllm/issues/14696), 0.52 for 36
# (https://github.com/LMCache/LMCache/issues/3430), 0.68 for 36 with more sizes.
GRAPHS_OF_LAYER: Final = 20 / 1024
# Choosing the next token of every text at once needs the chances of all tokens, several times over: 1.26 GiB for 256
# texts and 128,256 tokens (https://github.com/vllm-project/vllm/pull/10511) are 41 bytes for each; newer versions need
# 20 to 38. Reading a text needs six bytes for each value of the layers: 0.92 GiB for 9,000 tokens of Llama 3.1 8B
# (https://github.com/vllm-project/vllm/issues/10517).
BYTES_OF_CHANCE: Final = 40
BYTES_OF_VALUE: Final = 6
# Tokens that are read at once: vLLM's own choice by the card's size, said aloud so that the plan knows it
# (`get_batch_defaults` of https://github.com/vllm-project/vllm/blob/main/vllm/engine/arg_utils.py).
LARGE_CARD: Final = 70.0
BATCH, LARGE_BATCH = 2048, 8192
# Ollama has llama.cpp read so many tokens at once: more where the context of all texts together is longer than this, as
# long as it finds room, which the plan takes for granted (`generationBatchForContext` of
# https://github.com/ollama/ollama/blob/v0.32.15/server/sched.go). It embeds so many at once
# (`DefaultEmbeddingNumBatch` of https://github.com/ollama/ollama/blob/v0.32.15/llm/llama_server.go).
FILE_BATCH: Final = 512
LONGER: Final = ((32_768, 2048), (4096, 1024))
EMBEDDING_BATCH: Final = 2048
FLOAT, HALF = 4, 2  # bytes


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What takes a card's memory, in GiB."""

    weights: float
    cache: float
    work: float  # activations and whatever a step needs for its own time
    graphs: float  # recorded work that is repeated
    context: float  # CUDA's own

    @property
    def total(self) -> float:
        """All of it."""
        return self.weights + self.cache + self.work + self.graphs + self.context


@dataclass(frozen=True, kw_only=True)
class VllmEngine:
    """A vLLM server.

    Attributes:
        name: its Service's.
        model: as each of its cards holds it.
        context: tokens of the longest text.
        parallel: texts that are worked on at once.
        cache: how values are kept.
        gpus: cards that share the model.
        share: of the card's memory, where the owner decides; None lets the plan.

    """

    name: str
    model: Model
    context: int
    parallel: int = 32
    cache: ServerCache = ServerCache.AUTO
    gpus: int = 1
    share: float | None = None

    def batch(self, card: Card) -> int:
        """Tell how many tokens are read at once."""
        return LARGE_BATCH if card.memory >= LARGE_CARD else BATCH

    def pages(self, card: Card) -> Pages:
        """Divide the cache."""
        return pages(self.model.cache, self.cache, batch=self.batch(card), gpus=self.gpus)

    def fixed(self, batch: int) -> Parts:
        """Tell what it takes before a single token is kept."""
        return Parts(
            weights=self.model.weights,
            cache=0.0,
            work=work(self.model, batch=batch, parallel=self.parallel) + (OTHER if self.gpus == 1 else OTHER_TOGETHER),
            graphs=self.model.layers * GRAPHS_OF_LAYER,
            context=SERVER_CONTEXT,
        )


def work(model: Model, *, batch: int, parallel: int) -> float:
    """Tell how many GiB a step of vLLM needs: reading the longest batch, or choosing a token for each text."""
    reading = batch * BYTES_OF_VALUE * (model.intermediate + model.hidden)
    choosing = parallel * model.vocab * BYTES_OF_CHANCE
    return max(reading, choosing) / GIB


@dataclass(frozen=True, kw_only=True)
class OllamaModel:
    """A model of Ollama under the name that people use."""

    alias: str
    model: Model


@dataclass(frozen=True, kw_only=True)
class OllamaEngine:
    """Ollama.

    Attributes:
        name: its Service's.
        models: what it serves.
        context: tokens of the longest text; a model that can less gets less.
        parallel: texts that are worked on at once, by each model.
        cache: how values are kept.
        loaded: models that are on the card at once, where the owner decides; None for as many as fit.
        pod: GiB of memory that its pod may take; what the card does not hold must fit too.
        program: GiB that the card has each program take beside its buffers (`Card.program`, which the plan puts here).

    """

    name: str
    models: tuple[OllamaModel, ...]
    context: int
    parallel: int = 1
    cache: FileCache = FileCache.F16
    loaded: int | None = None
    pod: float = math.inf
    program: float = PROGRAM

    def parts(self, model: Model) -> Parts:
        """Tell what one loaded model takes; llama.cpp takes all of it at once."""
        context, batch = self.longest(model), self.batch(model)
        return Parts(
            weights=model.weights,
            cache=cells(model.cache, self.cache, context=context, parallel=self.parallel, batch=batch),
            work=file_work(model, self.cache, context=context, parallel=self.parallel, batch=batch),
            graphs=0.0,
            context=self.program,
        )

    def batch(self, model: Model) -> int:
        """Tell how many tokens one of its models reads at once."""
        context = self.longest(model)
        return min(EMBEDDING_BATCH, context) if model.embeds else reading_batch(context * self.parallel)

    def longest(self, model: Model) -> int:
        """Tell how many tokens a text of one of its models has at most."""
        return min(self.context, model.context)

    def most(self, loaded: int) -> float:
        """Tell how many GiB the largest `loaded` of its models take together."""
        return sum(sorted((self.parts(each.model).total for each in self.models), reverse=True)[:loaded])


def file_work(model: Model, cache: FileCache, *, context: int, parallel: int, batch: int) -> float:
    """Tell how many GiB a step of llama.cpp needs on the card, with flash attention, which Ollama turns on.

    That is the chances of all tokens for a whole batch, or what a layer needs, whichever is more. The first is what
    releases of 2025 took; one of November 2026 asks for fewer chances and took the second (decision 0037).
    """
    chances = (model.vocab + model.hidden) * batch * FLOAT
    return max(chances, layer_work(model, cache, context=context, parallel=parallel, batch=batch)) / GIB


def layer_work(model: Model, cache: FileCache, *, context: int, parallel: int, batch: int) -> int:
    """Tell how many bytes a layer needs for a batch, with the mask of what each of its tokens sees.

    With a cache of less than 16 bits, the layer's keys and values are widened first.
    """
    values = 3 * (model.intermediate + model.hidden) * batch * FLOAT
    if cache is not FileCache.F16:
        widened = context * parallel * model.cache.values() * HALF
        values = max(values, widened + 4 * model.hidden * batch * FLOAT)
    return values + mask(context, batch)


def mask(context: int, batch: int) -> int:
    """Tell how many bytes say which tokens of a text each token of a batch sees."""
    return context * batch * HALF


def reading_batch(tokens: int) -> int:
    """Tell how many tokens llama.cpp reads at once, at most, where its texts have so many together."""
    return next((batch for limit, batch in LONGER if tokens > limit), FILE_BATCH)
