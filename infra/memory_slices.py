"""A memory plan as slices of a bar, and the plan of a lab with another card or context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ailab.memory import CARDS, Card, CardName, MemoryPlan, Model, Parts
from ailab.spec import LabSpec
from ailab.spec.memory import planned, served_by_vllm


class Kind(StrEnum):
    """What memory is for."""

    WEIGHTS = "weights"
    CACHE = "cache"
    WORK = "work"  # activations, graphs and CUDA's own
    FREE = "free"
    MARGIN = "margin"


@dataclass(frozen=True)
class Slice:
    """A part of a card: for whom, for what, and how many GiB; nobody's has no name."""

    name: str
    kind: Kind
    size: float


def slices(plan: MemoryPlan) -> Iterator[Slice]:
    """Cut a card up as its plan does. Of Ollama's models, the largest that are loaded at once stand for all."""
    for share in plan.vllm:
        yield from _slices(share.engine.name, share.parts)
    if plan.ollama:
        models = zip(plan.ollama.engine.models, plan.ollama.models, strict=True)
        largest = sorted(models, key=lambda pair: -pair[1].total)[: plan.ollama.loaded]
        for model, parts in largest:
            yield from _slices(model.alias, parts)
    if plan.fits:
        yield Slice("", Kind.FREE, plan.card.memory - plan.margin - plan.takes)
    yield Slice("", Kind.MARGIN, plan.margin)


def _slices(name: str, parts: Parts) -> Iterator[Slice]:
    yield Slice(name, Kind.WEIGHTS, parts.weights)
    yield Slice(name, Kind.CACHE, parts.cache)
    yield Slice(name, Kind.WORK, parts.work + parts.graphs + parts.context)


def verdict(plan: MemoryPlan) -> str:
    """Say in a few words whether the engines fit a card, and what for."""
    if plan.left < 0:
        return f"{-plan.left:.1f} GiB too few"
    short = [share.engine.name for share in plan.vllm if share.requests < 1]
    if short:
        return f"too small a share for one text: {', '.join(short)}"
    servers = [f"{share.engine.name}: {share.tokens:,} tokens" for share in plan.vllm]
    models = [f"{plan.ollama.loaded} of Ollama's {len(plan.ollama.models)} models at once"] if plan.ollama else []
    return "; ".join((*servers, *models))


def what_if(spec: LabSpec, *, card: CardName | None = None, context: int | None = None) -> MemoryPlan:
    """Plan a lab with another card or context, whether or not that fits. No model gets a longer one than it can."""
    changed = spec
    if card is not None:
        changed = changed.model_copy(update={"gpu": spec.gpu.model_copy(update={"card": card, "memory": None})})
    if context is not None:
        servers = [(server, served_by_vllm(server)) for server in changed.vllm]
        vllm = tuple(
            server.model_copy(update={"context_length": min(context, _longest(model))}) for server, model in servers
        )
        ollama = changed.ollama and changed.ollama.model_copy(update={"context_length": context})
        changed = changed.model_copy(update={"vllm": vllm, "ollama": ollama})
    return planned(changed)


def _longest(model: Model | None) -> int:
    """Give the longest text of a model; that of a lab which was read is known."""
    return model.context if model else 0


def cards(spec: LabSpec) -> Iterator[CardName | None]:
    """Name the lab's own card, by None, and all that can be rented, each once."""
    own = spec.gpu.as_card()
    yield None
    yield from (name for name, card in rented() if card != own)


def rented() -> Iterator[tuple[CardName, Card]]:
    """Give the cards that DigitalOcean rents."""
    return ((name, card) for name, card in CARDS.items() if card.droplets)
