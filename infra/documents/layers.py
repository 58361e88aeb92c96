"""Layout of a directed graph without circles: layers from left to right, and an order in each layer.

The method of Sugiyama, Tagawa and Toda (1981): every node stands one layer before the first that it leads to, an edge
over several layers gets a place in each of them, and places are ordered by the mean of their neighbours until no
better order is found.
"""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, groupby, pairwise
from typing import Final

from infra.errors import LabError

SWEEPS: Final = 12


@dataclass(frozen=True, order=True)
class Place:
    """Where a node stands in its layer, or where an edge passes through one (`edge` is its number)."""

    name: str
    layer: int
    edge: int | None = None


Layers = tuple[tuple[Place, ...], ...]


@dataclass(frozen=True)
class Layout:
    """Layers in order, and for each edge the places that it goes through, its ends included."""

    layers: Layers
    chains: tuple[tuple[Place, ...], ...]


def lay_out(ends: Sequence[tuple[str, str]], group: Callable[[str], str]) -> Layout:
    """Lay out the nodes of the edges `ends`; nodes of one group stay together in a layer.

    Raises:
        LabError: the edges form a circle.

    """
    layer_of = _layers(ends)
    chains = tuple(_chain(number, ends[number], layer_of) for number in range(len(ends)))
    places = {place for chain in chains for place in chain}
    start = tuple(
        tuple(
            sorted((place for place in places if place.layer == layer), key=lambda place: (_block(place, group), place))
        )
        for layer in range(max(layer_of.values(), default=-1) + 1)
    )
    links = tuple(link for chain in chains for link in pairwise(chain))
    return Layout(_ordered(start, links, group), chains)


def _layers(ends: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Put each node one layer before the leftmost that it leads to; what leads nowhere stands in the last layer."""
    after: dict[str, set[str]] = {name: set() for pair in ends for name in pair}
    for source, target in ends:
        after[source].add(target)
    distance: dict[str, int] = {}
    try:
        for name in graphlib.TopologicalSorter(after).static_order():
            distance[name] = max((distance[target] + 1 for target in after[name]), default=0)
    except graphlib.CycleError as error:
        message = f"edges form a circle and cannot be drawn in layers: {' -> '.join(error.args[1])}"
        raise LabError(message) from None
    return {name: max(distance.values()) - steps for name, steps in distance.items()}


def _chain(number: int, ends: tuple[str, str], layer_of: Mapping[str, int]) -> tuple[Place, ...]:
    source, target = (Place(name, layer_of[name]) for name in ends)
    between = (Place(f"{source.name} {target.name}", layer, number) for layer in range(source.layer + 1, target.layer))
    return (source, *between, target)


def _block(place: Place, group: Callable[[str], str]) -> str:
    """Name what must stay together: a group of nodes, or a passing edge alone."""
    return group(place.name) if place.edge is None else f"~{place.edge:04}"


def _ordered(start: Layers, links: Sequence[tuple[Place, Place]], group: Callable[[str], str]) -> Layers:
    best, layers = start, start
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        layers = _swept(layers, links, group, forward=forward)
        if _crossings(layers, links) < _crossings(best, links):
            best = layers
    return best


def _swept(
    layers: Layers, links: Sequence[tuple[Place, Place]], group: Callable[[str], str], *, forward: bool
) -> Layers:
    """Order every layer by the mean position of its neighbours in the layer before it (after it, if not forward)."""
    position = _positions(layers)

    @cache
    def mean(place: Place) -> float:
        near = [a if forward else b for a, b in links if (b if forward else a) == place]
        return sum(position[other] for other in near) / len(near) if near else position[place]

    result = list(layers)
    for layer in range(len(layers)) if forward else reversed(range(len(layers))):
        blocks = [list(members) for _, members in groupby(layers[layer], key=lambda place: _block(place, group))]
        blocks.sort(key=lambda members: sum(map(mean, members)) / len(members))
        result[layer] = tuple(place for members in blocks for place in sorted(members, key=mean))
        position.update(_positions([result[layer]]))
    return tuple(result)


def _positions(layers: Iterable[Sequence[Place]]) -> dict[Place, float]:
    """Give each place a height between 0 and 1."""
    return {place: (index + 0.5) / len(layer) for layer in layers for index, place in enumerate(layer)}


def _crossings(layers: Layers, links: Sequence[tuple[Place, Place]]) -> int:
    at = _positions(layers)
    return sum((at[a] - at[c]) * (at[b] - at[d]) < 0 for (a, b), (c, d) in combinations(links, 2) if a.layer == c.layer)
