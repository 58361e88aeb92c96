"""Whatever goes wrong wherever: gone again, a way ends with one of each, or none, and with no bill for the unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud.fake.server import Fault, Server
from tests.cloud.sweep import PACES, WAYS, Sweep

LEAST = 2000  # cases of all ways together

CHANGING = [way for way in WAYS if way != "up again"]
"""The ways that ask for a change: another `up` asks for none, so that nothing of it can be cut off."""


@pytest.mark.parametrize("way", CHANGING)
def test_a_way_that_is_cut_off_for_good_at_a_change_ends_well_when_it_is_gone_again(
    server: Server, tmp_path: Path, way: str
) -> None:
    sweep = Sweep(server, tmp_path, WAYS[way], PACES["lagging"])
    cases = [case for case in sweep.deadly_cases() if case.fault in {Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.BUSY}]
    assert cases != []
    assert [fault for number, case in enumerate(cases, 1) for fault in sweep.wrong(number, case)] == []


def test_another_up_asks_for_no_change_and_all_ways_have_many_cases(server: Server, tmp_path: Path) -> None:
    ways = {
        f"{way} {pace}": Sweep(server, tmp_path / f"{way} {pace}", WAYS[way], PACES[pace])
        for way in WAYS
        for pace in PACES
    }
    assert [way for way, sweep in ways.items() if not list(sweep.deadly_cases())] == [
        "up again steady",
        "up again lagging",
    ]
    assert sum(len(list(sweep.cases())) for sweep in ways.values()) >= LEAST


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("way", WAYS)
def test_a_way_that_is_disturbed_anywhere_ends_well_when_it_is_gone_again(
    server: Server, tmp_path: Path, way: str, pace: str
) -> None:
    sweep = Sweep(server, tmp_path, WAYS[way], PACES[pace])
    assert [fault for number, case in enumerate(sweep.cases(), 1) for fault in sweep.wrong(number, case)] == []
