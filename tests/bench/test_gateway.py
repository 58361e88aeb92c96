"""How decision 35's table comes from the answers that were timed."""

from __future__ import annotations

import pytest

from bench.gateway import COLUMNS, Seconds, Taken

# First words after 1, 2, ... 101 ms, whole answers after 10, 20, ... 1010: rank and percentage are the same.
RANKS = range(1, 102)


def _taken(*, later: int = 0) -> Taken:
    return Taken([Seconds((rank + later) / 1000, (rank + later) / 100, 26) for rank in reversed(RANKS)], elapsed=50.5)


def test_of_each_time_the_middle_and_the_last_but_one_percent_are_given() -> None:
    assert _taken().quantiles() == pytest.approx([0.051, 0.100, 0.51, 1.00])


def test_the_way_without_a_gateway_has_nothing_to_compare_and_no_gateway_s_work() -> None:
    direct = _taken()
    cells = ("the engine itself", "51 ms", "100 ms", "510 ms", "1000 ms", "52", "", "")
    assert direct.cells("the engine itself", direct) == cells
    assert len(cells) == len(COLUMNS)


def test_what_a_gateway_adds_and_takes_for_an_answer_stands_in_its_row() -> None:
    taken = _taken(later=30)
    taken.processors, taken.memory = 10.1, 585
    assert taken.cells("the gateway", _taken()) == (
        *("the gateway", "81 ms (+30)", "130 ms (+30)", "810 ms (+300)", "1300 ms (+300)"),
        *("52", "100 ms", "585 MiB"),
    )
