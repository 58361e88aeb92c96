"""How long `./lab up` takes beside what no program can save, by the clock of the stand-ins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bench.up import PACE, Chart, play
from infra.cloud.wanted import Goal
from tests.cloud.fake.server import Server
from tests.cloud.scene import Scene

MOST: Final = 0.02  # of the whole


@pytest.fixture
def charts(server: Server, tmp_path: Path) -> dict[str, Chart]:
    """Play a first `up`, `park`, and at once the `up` that resumes."""
    scene = Scene(server, tmp_path / "lab", PACE)
    ways = (("up", Goal.RUNNING), ("park", Goal.PARKED), ("resume", Goal.RUNNING))
    return {name: play(scene, goal) for name, goal in ways}


def test_what_comes_on_top_of_the_waits_is_little(charts: dict[str, Chart]) -> None:
    assert [name for name in ("up", "resume") if not 0 <= charts[name].overhead <= MOST] == []


def test_the_share_is_of_what_the_program_itself_takes(charts: dict[str, Chart]) -> None:
    slow = replace(charts["up"], unavoidable=charts["up"].seconds * 0.97)
    assert slow.overhead == pytest.approx(0.03)


def test_nothing_waits_for_the_volume_which_is_attached_while_the_droplet_boots(charts: dict[str, Chart]) -> None:
    done = [what for name in ("up", "resume") for what, _, _ in charts[name].bars]
    assert [what for what in done if "attach" in what] == []
    assert [what.partition(" ")[2].partition(":")[2] for what in done if "wait until" in what] == [
        " wait until it is active"
    ] * 2


def test_the_rows_of_the_chart_follow_each_other_without_a_gap_that_nothing_explains(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        ends = [0.0, *(end for _, _, end in chart.bars)]
        gaps = [begin - end for end, (_, begin, _) in zip(ends, chart.bars, strict=False)]
        # Before the first thing is done, all is looked at: some calls of a third of a second each.
        assert [gap > PACE.call for gap in gaps[1:]] == [False] * (len(gaps) - 1)
