"""Coordinates of a layered layout: boxes in columns, frames around groups, and lines of right angles between them.

Every line has a height of its own at both of its ends and a track of its own between two columns, so that no two lines
lie on each other and each has room for its label in front of its target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

from infra.documents.layers import Layout, Place

BOX_WIDTH: Final = 150
ROW: Final = 24  # height for one line at a box
CAPTION: Final = 44  # least height of a box
GAP: Final = 20  # between boxes, and between a frame and what is beside it
TITLE: Final = 30  # of a frame
PADDING: Final = 14  # between a frame and its boxes
LABEL: Final = 52  # width of a label in front of a box
TRACK: Final = 12  # between two lines that run side by side
NUDGE: Final = ROW // 3  # how far a line may be moved along its box
MARGIN: Final = 16


@dataclass(frozen=True)
class Box:
    """One node."""

    name: str
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Frame:
    """Around the boxes of one group in one column."""

    group: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Line:
    """An edge, by its number: corners from its source to its target."""

    edge: int
    corners: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Drawing:
    """All shapes, and the size of the sheet."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Link:
    """A piece of an edge, from a place in one column to a place in the next."""

    edge: int
    source: Place
    target: Place
    leaves: int  # heights
    arrives: int

    @property
    def bends(self) -> bool:
        return self.leaves != self.arrives


def place(layout: Layout, group: Callable[[str], str]) -> Drawing:
    """Give every node, group and edge its coordinates."""
    rows = _rows(layout)
    columns = [_column(layer, rows, group) for layer in layout.layers]
    height = max(column.height for column in columns) + 2 * MARGIN
    middles = {
        place: middle + (height - column.height) // 2 for column in columns for place, middle in column.middles.items()
    }
    links = _straightened(_links(layout, middles), len(layout.chains))
    lefts = _lefts(len(columns), links)
    tracks = _tracks(links, lefts)
    boxes = tuple(_box(place, lefts, middles, rows) for layer in layout.layers for place in layer if place.edge is None)
    frames = tuple(
        Frame(name, lefts[index] - PADDING, top + (height - column.height) // 2, BOX_WIDTH + 2 * PADDING, tall)
        for index, column in enumerate(columns)
        for name, top, tall in column.frames
    )
    lines = tuple(_line(number, chain, links, lefts, tracks) for number, chain in enumerate(layout.chains))
    return Drawing(lefts[-1] + BOX_WIDTH + PADDING + MARGIN, height, boxes, frames, lines)


@dataclass(frozen=True)
class _Column:
    """One layer from top to bottom: middles of places, frames as (group, top, height), and its height."""

    middles: Mapping[Place, int]
    frames: tuple[tuple[str, int, int], ...]
    height: int


def _rows(layout: Layout) -> dict[Place, int]:
    """Count the lines on the busier side of each place."""
    ends = [(chain[0], chain[-1]) for chain in layout.chains]
    return {
        place: max(sum(source == place for source, _ in ends), sum(target == place for _, target in ends), 1)
        for layer in layout.layers
        for place in layer
    }


def _tall(place: Place, rows: Mapping[Place, int]) -> int:
    return ROW if place.edge is not None else max(CAPTION, ROW * rows[place] + ROW // 2)


def _column(layer: Sequence[Place], rows: Mapping[Place, int], group: Callable[[str], str]) -> _Column:
    middles: dict[Place, int] = {}
    frames: list[tuple[str, int, int]] = []
    y = 0
    for title, members in groupby(layer, key=lambda place: group(place.name) if place.edge is None else None):
        top = y
        y += TITLE if title else 0
        for member in members:
            middles[member] = y + _tall(member, rows) // 2
            y += _tall(member, rows) + (GAP if title else 0)
        if title:
            y += PADDING - GAP
            frames.append((title, top, y - top))
        y += GAP
    return _Column(middles, tuple(frames), y - GAP)


def _box(place: Place, lefts: Sequence[int], middles: Mapping[Place, int], rows: Mapping[Place, int]) -> Box:
    tall = _tall(place, rows)
    return Box(place.name, lefts[place.layer], middles[place] - tall // 2, tall)


def _links(layout: Layout, middles: Mapping[Place, int]) -> list[_Link]:
    """Give every piece of every edge its two heights: lines at a box are in the order of their other ends."""
    pairs = [(number, *pair) for number, chain in enumerate(layout.chains) for pair in pairwise(chain)]

    def height(place: Place, others: Sequence[tuple[int, Place]], edge: int) -> int:
        if place.edge is not None:
            return middles[place]
        order = [number for number, other in sorted(others, key=lambda item: (middles[item[1]], item[0]))]
        return middles[place] + ROW * order.index(edge) - ROW * (len(order) - 1) // 2

    return [
        _Link(
            number,
            source,
            target,
            height(source, [(n, b) for n, a, b in pairs if a == source], number),
            height(target, [(n, a) for n, a, b in pairs if b == target], number),
        )
        for number, source, target in pairs
    ]


def _straightened(links: Sequence[_Link], edges: int) -> list[_Link]:
    """Take away small steps, from the last piece of each edge to the first, as far as there is room."""
    result: list[_Link] = []
    for edge in range(edges):
        following: _Link | None = None
        for link in reversed([link for link in links if link.edge == edge]):
            arrives = following.leaves if following else link.arrives
            room = NUDGE if link.source.edge is None else GAP
            straight = abs(link.leaves - arrives) <= room
            following = replace(link, leaves=arrives if straight else link.leaves, arrives=arrives)
            result.insert(0, following)
    return sorted(result, key=lambda link: (link.edge, link.source.layer))


def _lefts(columns: int, links: Sequence[_Link]) -> list[int]:
    """Give each column its left edge; the space before it has room for its labels and all tracks."""
    lefts = [MARGIN + PADDING]
    for layer in range(columns - 1):
        tracks = sum(link.bends for link in links if link.source.layer == layer)
        lefts.append(lefts[-1] + BOX_WIDTH + 2 * PADDING + TRACK * (tracks + 1) + LABEL)
    return lefts


def _tracks(links: Sequence[_Link], lefts: Sequence[int]) -> dict[_Link, int]:
    """Give each bent piece the x of its vertical part.

    Of lines that go down, the upper source turns further right, so that none crosses another of them; lines that go
    up are the mirror image.
    """
    result: dict[_Link, int] = {}
    for layer in range(len(lefts) - 1):
        bent = [link for link in links if link.source.layer == layer and link.bends]
        up = sorted((link for link in bent if link.arrives < link.leaves), key=lambda link: link.leaves)
        down = sorted((link for link in bent if link.arrives > link.leaves), key=lambda link: -link.leaves)
        start = lefts[layer] + BOX_WIDTH + PADDING
        result |= {link: start + TRACK * (index + 1) for index, link in enumerate((*up, *down))}
    return result


def _line(
    number: int, chain: Sequence[Place], links: Sequence[_Link], lefts: Sequence[int], tracks: Mapping[_Link, int]
) -> Line:
    pieces = [link for link in links if link.edge == number]
    corners = [(lefts[chain[0].layer] + BOX_WIDTH, pieces[0].leaves)]
    for link in pieces:
        if link in tracks:
            corners += [(tracks[link], link.leaves), (tracks[link], link.arrives)]
    return Line(number, (*corners, (lefts[chain[-1].layer], pieces[-1].arrives)))
