"""The plan: what each engine on a card may take, so that all of them fit in any order of their starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ailab.memory.cache import BLOCK
from ailab.memory.card import Card
from ailab.memory.engines import GIB, OllamaEngine, Parts, VllmEngine
from ailab.memory.eviction import room
from ailab.memory.host import loaded_on_host

# Within about 2 % of a card nobody can tell what fits: memory breaks into pieces that are too small.
MARGIN: Final = 0.02
LEAST_MARGIN: Final = 0.5  # GiB
STEP: Final = 1000  # a server's share has three digits after the point


@dataclass(frozen=True, kw_only=True)
class VllmShare:
    """What a vLLM server is given.

    Attributes:
        engine: who.
        utilization: share of the card's memory (`--gpu-memory-utilization`); CUDA's own part comes on top of it.
        batch: tokens read at once (`--max-num-batched-tokens`).
        cache_bytes: the size of its cache where it must not find out for itself (`--kv-cache-memory-bytes`).
        parts: where it goes.
        tokens: what the cache keeps.
        requests: texts of the greatest length that the cache keeps at once.

    """

    engine: VllmEngine
    utilization: float
    batch: int
    cache_bytes: int | None
    parts: Parts
    tokens: int
    requests: float

    @property
    def takes(self) -> float:
        """GiB of each of its cards."""
        return self.parts.total


@dataclass(frozen=True, kw_only=True)
class OllamaShare:
    """What Ollama is given.

    Attributes:
        engine: who.
        loaded: models on the card at once (`OLLAMA_MAX_LOADED_MODELS`).
        models: where it goes, for each model; the largest `loaded` of them count.
        room: GiB that are kept for it: more than it takes, so that it lets no model go for another.
        spare: MiB that Ollama must leave free (`LLAMA_ARG_FIT_TARGET`): with less it moves layers off the card.

    """

    engine: OllamaEngine
    loaded: int
    models: tuple[Parts, ...]
    room: float
    spare: int

    @property
    def takes(self) -> float:
        """GiB of the card, at most."""
        return self.engine.most(self.loaded)

    @property
    def spare_room(self) -> float:
        """GiB beyond what it takes that must stay free: where it finds less, it lets a model go for another."""
        return self.room - self.takes


@dataclass(frozen=True, kw_only=True)
class MemoryPlan:
    """Who takes what of a card.

    Attributes:
        card: the card.
        margin: GiB that nobody is given.
        vllm: the servers' shares, in the order of the engines.
        ollama: Ollama's share.
        left: GiB beyond the least that everybody needs: one text of the greatest length for each server, one model for
            Ollama. Below zero the engines do not fit. What is left is given to Ollama's other models, as far as they
            fit, and then to the caches of the servers.

    """

    card: Card
    margin: float
    vllm: tuple[VllmShare, ...]
    ollama: OllamaShare | None
    left: float

    @property
    def takes(self) -> float:
        """GiB that all engines take together."""
        return sum(share.takes for share in self.vllm) + (self.ollama.takes if self.ollama else 0.0)

    @property
    def fits(self) -> bool:
        """Whether all engines have what they need at least."""
        return self.left >= 0 and all(share.requests >= 1 for share in self.vllm)


def plan(card: Card, engines: Iterable[VllmEngine | OllamaEngine]) -> MemoryPlan:
    """Share a card among vLLM servers and at most one Ollama.

    Engines that do not fit get the least that they need: `fits` is false then.

    Raises:
        ValueError: there is more than one Ollama.

    """
    engines = tuple(engines)
    vllm = [engine for engine in engines if isinstance(engine, VllmEngine)]
    ollama = _only([replace(each, program=card.program) for each in engines if isinstance(each, OllamaEngine)])
    margin = max(card.memory * MARGIN, LEAST_MARGIN)
    least = [_least(card, server) for server in vllm]
    one = (ollama.loaded or 1) if ollama else 0
    left = card.memory - margin - sum(least) - (room(ollama, one) if ollama else 0.0)
    loaded = _loaded(ollama, left) if ollama else 0
    free = left - (room(ollama, loaded) - room(ollama, one) if ollama else 0.0)
    open_ended = sum(server.share is None for server in vllm)
    more = max(free, 0.0) / open_ended if open_ended else 0.0
    alone = len(engines) == 1
    shares = (_share(card, server, own, more, alone=alone) for server, own in zip(vllm, least, strict=True))
    return MemoryPlan(
        card=card,
        margin=margin,
        vllm=tuple(shares),
        ollama=_ollama(ollama, loaded, margin) if ollama else None,
        left=left,
    )


def _only(found: Sequence[OllamaEngine]) -> OllamaEngine | None:
    if len(found) > 1:
        message = "one Ollama serves all models of a card"
        raise ValueError(message)
    return found[0] if found else None


def _least(card: Card, server: VllmEngine) -> float:
    """Tell how many GiB a server needs to answer one text of its greatest length, or has been given."""
    fixed = server.fixed(server.batch(card))
    if server.share is not None:
        return server.share * card.memory + fixed.context
    one_more = server.context + BLOCK  # for what rounding takes
    needed = fixed.total - fixed.context + server.pages(card).memory(one_more)
    return math.ceil(needed / card.memory * STEP) / STEP * card.memory + fixed.context


def _share(card: Card, server: VllmEngine, least: float, more: float, *, alone: bool) -> VllmShare:
    batch, pages = server.batch(card), server.pages(card)
    fixed = server.fixed(batch)
    if server.share is not None:
        utilization = server.share
    else:
        steps = round((least - fixed.context) / card.memory * STEP) + math.floor(more / card.memory * STEP)
        utilization = steps / STEP
    cache = max(utilization * card.memory - (fixed.total - fixed.context), 0.0)
    return VllmShare(
        engine=server,
        utilization=utilization,
        batch=batch,
        # A server that measures what is left for its cache takes for its own what another loads meanwhile, and fails
        # when another lets go of some (`determine_available_memory` of
        # https://github.com/vllm-project/vllm/blob/main/vllm/v1/worker/gpu_worker.py).
        cache_bytes=None if alone else int(cache * GIB),
        parts=replace(fixed, cache=cache),
        tokens=pages.tokens(cache, server.context),
        requests=pages.requests(cache, server.context),
    )


def _loaded(ollama: OllamaEngine, left: float) -> int:
    """Tell how many models are on the card at once: what the owner says, or as many as fit beside the rest."""
    if ollama.loaded is not None:
        return min(ollama.loaded, len(ollama.models))
    counts = range(min(loaded_on_host(ollama, ollama.pod, gpu=True), len(ollama.models)), 1, -1)
    return next((count for count in counts if room(ollama, count) - room(ollama, 1) <= left), 1)


def _ollama(engine: OllamaEngine, loaded: int, margin: float) -> OllamaShare:
    models = tuple(engine.parts(each.model) for each in engine.models)
    kept = room(engine, loaded)
    return OllamaShare(engine=engine, loaded=loaded, models=models, room=kept, spare=int(margin * 1024 / 2))
