"""What a lab costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.cloud.bill import Bill, bill, spent
from infra.cloud.convergence import plan
from infra.cloud.wanted import Goal
from tests.cloud.test_convergence import NOTHING, PARKED, RUNNING, WANTED


def test_a_lab_that_is_to_be_made_costs_what_its_first_size_and_its_volume_cost() -> None:
    made = Bill("gpu-l40sx1-48gb", 1.57, 1168, 20.0)
    assert bill(NOTHING, plan(WANTED, NOTHING)) == made
    assert bill(RUNNING, ()) == made


def test_a_parked_lab_costs_its_volume() -> None:
    parked = bill(PARKED, ())
    assert parked == Bill(None, 0, 0, 20.0)
    assert str(parked) == "While parked the volume alone is billed: $20.00 a month."


def test_nothing_is_billed_for_a_volume_that_is_not_there_or_goes() -> None:
    assert bill(NOTHING, ()).volume == 0
    assert bill(PARKED, plan(replace(WANTED, goal=Goal.ERASED), PARKED)).volume == 0


@pytest.mark.parametrize(
    ("hourly", "seconds", "dollars"),
    [
        (3.6, 1, 0.06),
        (3.6, 60, 0.06),
        (3.6, 61, 0.061),
        (3.6, 3600, 3.6),
        (3.6, 24 * 3600, 86.4),
        (0.3, 1, 0.01),
        (0.3, 120, 0.01),
        (0.3, 240, 0.02),
    ],
)
def test_each_second_is_billed_and_no_less_than_a_minute_or_a_cent(hourly: float, seconds: int, dollars: float) -> None:
    begin = datetime(2026, 11, 26, 8, tzinfo=UTC)
    assert spent(hourly, begin, begin + timedelta(seconds=seconds)) == pytest.approx(dollars)


def test_what_a_running_lab_costs_is_told_by_parts_and_whole() -> None:
    assert str(bill(RUNNING, ())) == (
        "gpu-l40sx1-48gb: $1.57 an hour, $1,168 a month; with the volume $1,188 a month. While parked the volume alone "
        "is billed: $20.00 a month."
    )
