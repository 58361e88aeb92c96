from __future__ import annotations

import pytest

from infra.documents.layers import Place, lay_out
from infra.errors import LabError

DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]


def _columns(ends: list[tuple[str, str]]) -> list[list[str]]:
    layout = lay_out(ends, group=lambda name: name)
    return [[place.name for place in layer if place.edge is None] for layer in layout.layers]


def test_a_node_stands_before_all_that_it_leads_to() -> None:
    assert [sorted(column) for column in _columns(DIAMOND)] == [["a"], ["b", "c"], ["d"]]


def test_a_node_stands_as_far_to_the_right_as_it_can() -> None:
    assert "late" in _columns([*DIAMOND, ("late", "d")])[1]


def test_an_edge_over_several_layers_has_a_place_in_each() -> None:
    layout = lay_out([*DIAMOND, ("a", "d")], group=lambda name: name)
    assert layout.chains[4] == (Place("a", 0), Place("a d", 1, edge=4), Place("d", 2))


def test_edges_that_need_not_cross_do_not() -> None:
    crossed = [("left", "x"), ("right", "y"), ("start", "right"), ("start", "left")]
    columns = _columns(crossed)
    assert [columns[1].index("left"), columns[1].index("right")] == [columns[2].index("x"), columns[2].index("y")]


def test_nodes_of_a_group_stay_together() -> None:
    layout = lay_out([("s", name) for name in ("a1", "b1", "a2", "b2")], group=lambda name: name[0])
    assert "".join(place.name[0] for place in layout.layers[1]) in {"aabb", "bbaa"}


def test_a_circle_is_named() -> None:
    with pytest.raises(LabError, match="edges form a circle and cannot be drawn in layers: "):
        lay_out([("a", "b"), ("b", "a")], group=lambda name: name)
