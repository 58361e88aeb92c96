from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

from infra.documents import edge_table
from infra.documents.drawing import BOX_WIDTH, LABEL, ROW, Drawing, place
from infra.documents.layers import lay_out
from infra.labs import ROOT

# The whole architecture, as it will be: the picture must stay readable when the lab grows.
WHOLE = [
    ("node", "ingress"),
    *(("ingress", name) for name in ("open-webui", "litellm", "phoenix", "grafana", "api-server")),
    *(("open-webui", name) for name in ("litellm", "searxng", "postgres")),
    *(("litellm", name) for name in ("postgres", "phoenix", "ollama", "vllm", "internet")),
    *(("prometheus", name) for name in ("litellm", "vllm")),
    ("grafana", "prometheus"),
    ("phoenix", "postgres"),
    ("searxng", "internet"),
    ("virtual-keys", "litellm"),
    ("ollama-pull", "internet"),
]


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return place(lay_out(WHOLE, group=lambda name: name), group=lambda name: name)


def _pieces(corners: Sequence[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [pair for pair in pairwise(corners) if pair[0] != pair[1]]


def test_lines_have_right_angles_alone(drawing: Drawing) -> None:
    pieces = [piece for line in drawing.lines for piece in _pieces(line.corners)]
    assert [piece for piece in pieces if piece[0][0] != piece[1][0] and piece[0][1] != piece[1][1]] == []


def test_no_line_passes_through_a_box(drawing: Drawing) -> None:
    hits = [
        (WHOLE[line.edge], box.name)
        for line in drawing.lines
        for (x1, y1), (x2, y2) in _pieces(line.corners)
        for box in drawing.boxes
        if max(x1, x2) > box.x and min(x1, x2) < box.x + BOX_WIDTH
        if max(y1, y2) > box.y and min(y1, y2) < box.y + box.height
    ]
    assert hits == []


def test_no_two_lines_share_a_track(drawing: Drawing) -> None:
    upright = [
        (x1, range(min(y1, y2), max(y1, y2)))
        for line in drawing.lines
        for (x1, y1), (x2, y2) in _pieces(line.corners)
        if x1 == x2
    ]
    shared = [
        (x, heights, others)
        for (x, heights), (other, others) in combinations(upright, 2)
        if x == other and max(heights.start, others.start) < min(heights.stop, others.stop)
    ]
    assert shared == []


def test_every_label_has_room(drawing: Drawing) -> None:
    ends = [line.corners[-1] for line in drawing.lines]
    last = [line.corners[-2] for line in drawing.lines]
    assert min(end[0] - before[0] for end, before in zip(ends, last, strict=True)) >= LABEL
    near = [pair for pair in combinations(ends, 2) if pair[0][0] == pair[1][0] and abs(pair[0][1] - pair[1][1]) < ROW]
    assert near == []


def test_everything_is_on_the_sheet(drawing: Drawing) -> None:
    corners = [corner for line in drawing.lines for corner in line.corners]
    assert all(0 < x < drawing.width and 0 < y < drawing.height for x, y in corners)


def test_the_drawn_lab_has_a_box_for_each_end_and_a_line_for_each_edge() -> None:
    picture = ET.fromstring(edge_table.drawing())  # noqa: S314 - our own text
    tags = Counter((element.tag.partition("}")[2], element.get("class")) for element in picture.iter())
    rows = [line.split("|")[1:3] for line in edge_table.table().splitlines() if line.startswith("| ")][1:]
    assert tags["text", "name"] == len({end.strip() for row in rows for end in row})
    assert tags["path", "line"] == tags["text", "port"] == len(rows)


def test_the_published_picture_and_table_are_those_of_the_manifests() -> None:
    assert (ROOT / "docs/edges.svg").read_text(encoding="utf-8") == edge_table.drawing(), "run ./lab docs"
    assert (ROOT / "docs/edges.md").read_text(encoding="utf-8") == edge_table.table(), "run ./lab docs"
