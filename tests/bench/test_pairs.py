"""How decision 25's figures come from the runs that were timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.pairs import Contestant, Seconds, Times, in_turn
from infra.errors import LabError


def test_of_all_runs_the_middle_one_and_both_ends_are_told() -> None:
    runs = [Seconds(wall, cpu) for wall, cpu in ((9, 0.25), (1, 0.5), (2, 4), (3, 0.75), (2.5, 1))]
    assert str(Times(runs)) == ("2.50 s (1.00 to 9.00) on the clock, 0.75 s (0.25 to 4.00) of processors, 5 runs")


def test_between_two_middle_runs_is_the_middle() -> None:
    runs = [Seconds(second, second) for second in (4, 1, 2, 8)]
    assert str(Times(runs)) == "3.00 s (1.00 to 8.00) on the clock, 3.00 s (1.00 to 8.00) of processors, 4 runs"


def test_each_has_one_turn_that_is_not_counted_and_then_all_go_in_turn(tmp_path: Path) -> None:
    both = [Contestant(name, [["sh", "-c", f"echo {name} >> log"]], tmp_path) for name in ("A", "B")]
    found = in_turn(both, rounds=2)
    assert (tmp_path / "log").read_text(encoding="utf-8").split() == ["A", "B"] * 3
    assert {name: len(times.runs) for name, times in found.items()} == {"A": 2, "B": 2}


def test_a_run_that_fails_is_no_time(tmp_path: Path) -> None:
    with pytest.raises(LabError):
        in_turn([Contestant("A", [["false"]], tmp_path)], rounds=1)
