"""What is said of a lab whose models do not fit the card: the table, and the nearest changes with which they would."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from ailab.memory import CARDS, MemoryPlan, OllamaShare, Parts
from ailab.memory.cache import FileCache, ServerCache
from ailab.memory.names import smaller_tags
from ailab.spec.agreement import disagreements
from ailab.spec.faults import Fault, told
from ailab.spec.memory import planned, pods_too_small, unplannable
from ailab.spec.notation import path_of, toml

if TYPE_CHECKING:
    from ailab.spec.lab import LabSpec

Place = tuple[int | str, ...]
SEVERAL: Final = 3
STEP: Final = 1024  # tokens; a context is proposed in whole steps
# What a change costs besides its size: a card is money, a model that is gone is gone.
_CARD: Final = 1.0
_FEWER_BITS: Final = 1.5
_WITHOUT: Final = 3.0


@dataclass(frozen=True)
class Change:
    """Another value in a lab file; None takes the key or the table away."""

    place: Place
    value: object

    def __str__(self) -> str:
        """Write it as the file would have it."""
        path = path_of(self.place)
        return f"without {path}" if self.value is None else f"{path} = {toml(self.value)}"


@dataclass(frozen=True)
class Remedy:
    """Changes that belong together, the lab that they make, and how far that is from the lab as it was."""

    changes: tuple[Change, ...]
    lab: LabSpec
    distance: float

    def __str__(self) -> str:
        return " and ".join(map(str, self.changes))


def refusal(spec: LabSpec) -> Iterator[Fault]:
    """Say that the models do not fit, who needs what, and what would make them fit; nothing of a lab that fits."""
    plan = planned(spec)
    if plan.fits:
        return
    table = _table(plan)
    found = remedies(spec)
    changes = [f"it would fit: {remedy}" for remedy in found] or ["no two changes together would make it fit"]
    yield from (("gpu", told(line)) for line in (*table, *changes))


def _table(plan: MemoryPlan) -> Iterator[str]:
    card = f"{plan.card.name} has {plan.card.memory:.1f} GiB"
    if plan.left < 0:
        yield f"{card}, {-plan.left:.1f} GiB too few for these models with {plan.margin:.1f} GiB to spare"
    else:
        yield f"{card}, of which a server is given too little for one text of its context_length"
    for share in plan.vllm:
        yield _row(share.engine.name, share.parts)
    if plan.ollama:
        for each, parts in zip(plan.ollama.engine.models, plan.ollama.models, strict=True):
            yield _row(each.alias, parts)
        yield f"Ollama holds {plan.ollama.loaded} of its {len(plan.ollama.models)} models at once{_unless(plan.ollama)}"


def _unless(ollama: OllamaShare) -> str:
    spare = f"{ollama.spare_room:.1f}"
    return "" if spare == "0.0" else f", as long as it finds {spare} GiB more than they take"


def _row(name: str, parts: Parts) -> str:
    return (
        f"{name}: {parts.total:.1f} GiB = weights {parts.weights:.1f} + cache {parts.cache:.1f} + work "
        f"{parts.work:.1f} + graphs {parts.graphs:.1f} + CUDA {parts.context:.1f}"
    )


def remedies(spec: LabSpec) -> Sequence[Remedy]:
    """Find the nearest changes that make a lab fit, each of another field; two at once where one does not do."""
    found = _nearest(_single(spec))
    if len(found) < SEVERAL:
        enough = {change.place for remedy in found for change in remedy.changes}
        pairs = (
            Remedy((*first.changes, *second.changes), second.lab, first.distance + second.distance)
            for first in _steps(spec)
            if first.changes[0].place not in enough
            for second in _single(first.lab)
            if second.changes[0].place not in enough
            if _apart(first.changes[0], second.changes[0])
        )
        found = [*found, *_nearest(pairs)][:SEVERAL]
    return found


def _apart(first: Change, second: Change) -> bool:
    """Say whether two changes can be read together: not of one field, nor of a list that the first makes shorter."""
    return first.place != second.place and not (first.value is None and first.place[0] == second.place[0])


def _nearest(found: Iterable[Remedy]) -> list[Remedy]:
    first: dict[frozenset[Place], Remedy] = {}
    for remedy in sorted(found, key=lambda remedy: remedy.distance):
        first.setdefault(frozenset(change.place for change in remedy.changes), remedy)
    return list(first.values())[:SEVERAL]


def _single(spec: LabSpec) -> Iterator[Remedy]:
    """Try every field alone."""
    yield from (step for step in _steps(spec) if _fits(step.lab))
    for place, tokens in _contexts(spec):
        if fitting := _longest(spec, place, tokens):
            yield fitting


def _fits(spec: LabSpec) -> bool:
    wrong = (*disagreements(spec), *unplannable(spec)) or pods_too_small(spec)
    return not any(wrong) and planned(spec).fits


def _contexts(spec: LabSpec) -> Iterator[tuple[Place, int]]:
    if spec.ollama and spec.ollama.gpu:
        yield ("ollama", "context_length"), spec.ollama.context_length
    for number, server in enumerate(spec.vllm):
        yield ("vllm", number, "context_length"), server.context_length


def _longest(spec: LabSpec, place: Place, tokens: int) -> Remedy | None:
    """Find the longest context that fits: what is longer than one that does not fit does not fit either."""
    low, high = 0, -(-tokens // STEP)  # the first is taken to fit, the second does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _fits(_with(spec, place, middle * STEP)) else (low, middle)
    if low == 0:
        return None
    value = low * STEP
    return Remedy((Change(place, value),), _with(spec, place, value), math.log2(tokens / value))


def _steps(spec: LabSpec) -> Iterator[Remedy]:
    """Make every change to one field that takes less memory or gives more, whether or not it suffices."""
    for place, value, distance in (*_cards(spec), *_of_ollama(spec), *_of_servers(spec)):
        changes = [Change(place, value)]
        if place == ("gpu", "card") and spec.gpu.memory is not None:
            changes.append(Change(("gpu", "memory"), None))
        lab = spec
        for change in changes:
            lab = _with(lab, change.place, change.value)
        yield Remedy(tuple(changes), lab, distance)


Step = tuple[Place, object, float]


def _cards(spec: LabSpec) -> Iterator[Step]:
    own = spec.gpu.as_card()
    for name, card in CARDS.items():
        # Who rents one cannot put another into the machine.
        if card.memory > own.memory and (card.droplets or not own.droplets):
            yield ("gpu", "card"), name, _CARD + math.log2(card.memory / own.memory)


def _of_ollama(spec: LabSpec) -> Iterator[Step]:
    ollama = spec.ollama
    if ollama is None or not ollama.gpu:
        return
    yield ("ollama",), None, _WITHOUT
    for loaded in range(1, ollama.loaded_models or 1):
        yield ("ollama", "loaded_models"), loaded, math.log2((ollama.loaded_models or 1) / loaded)
    if ollama.parallel > 1:
        yield ("ollama", "parallel"), 1, math.log2(ollama.parallel)
    kinds = [*FileCache]
    for steps, kind in enumerate(kinds[kinds.index(ollama.kv_cache) + 1 :], start=1):
        yield ("ollama", "kv_cache"), kind, float(steps)
    for number, model in enumerate(ollama.models):
        for steps, tag in enumerate(smaller_tags(model.tag) if model.shape is None else (), start=1):
            yield ("ollama", "models", number, "tag"), tag, _FEWER_BITS * steps
        if len(ollama.models) > 1:
            yield ("ollama", "models", number), None, _WITHOUT


def _of_servers(spec: LabSpec) -> Iterator[Step]:
    for number, server in enumerate(spec.vllm):
        if server.kv_cache is ServerCache.AUTO and spec.gpu.as_card().fp8:
            yield ("vllm", number, "kv_cache"), ServerCache.FP8, 1.0
        if server.gpu_memory_share is not None:
            yield ("vllm", number, "gpu_memory_share"), None, 1.0
        if server.parallel > 1:
            yield ("vllm", number, "parallel"), 1, math.log2(server.parallel)
        yield ("vllm", number), None, _WITHOUT


def _with(spec: LabSpec, place: Place, value: object) -> LabSpec:
    """Change one value of a lab, without checking it."""
    key, *rest = place
    return spec.model_copy(update={str(key): _inside(getattr(spec, str(key)), rest, value)})


def _inside(node: object, place: Sequence[int | str], value: object) -> object:
    if not place:
        return value
    key, *rest = place
    match node:
        case tuple():
            items = list(node)
            if rest or value is not None:
                items[int(key)] = _inside(items[int(key)], rest, value)
            else:
                del items[int(key)]
            return tuple(items)
        case BaseModel():
            return node.model_copy(update={str(key): _inside(getattr(node, str(key)), rest, value)})
        case _:
            message = f"{place}: no table is there"
            raise TypeError(message)
