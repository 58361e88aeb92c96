"""A droplet whose end was asked for is still there for a while: what is said and done about it meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.api_refusal import SCOPES
from infra.cloud.journey import END_LIMIT
from infra.cloud.wanted import Goal
from infra.errors import LabError
from infra.operator import remains
from tests.cloud.fake.clock import VirtualClock
from tests.cloud.fake.server import Fault
from tests.cloud.person import Operator
from tests.cloud.scene import KilledError, Scene


@contextmanager
def _cut_off_while_it_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill what is done here when it first waits for the end of the droplet."""
    sleep = VirtualClock.sleep

    def waits(clock: VirtualClock, seconds: float) -> None:
        if seconds and not scene.droplets:
            raise KilledError
        sleep(clock, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(VirtualClock, "sleep", waits)
        yield


@pytest.fixture
def ending(person: Operator, key: str, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Have a lab whose `park` was cut off as soon as the end of its droplet was asked for."""
    person.gives("up", key, "--yes")
    with _cut_off_while_it_waits(person.scene, monkeypatch), pytest.raises(KilledError):
        person.gives("park", "--yes")
    return person


def test_a_park_that_is_cut_off_says_that_the_end_was_asked_for(ending: Operator) -> None:
    name = ending.scene.identity.name
    assert ending.capture.readouterr().err.splitlines()[-2:] == [
        f"the end of droplet {name} was asked for; it may still be there",
        "a droplet is billed until it is gone: ./lab park makes sure of its end, ./lab status looks",
    ]


def test_status_does_not_call_it_a_lab_that_runs(ending: Operator) -> None:
    name = ending.scene.identity.name
    status, out, err = ending.gives("status")
    lines = out.splitlines()
    assert (status, err, lines[0].startswith(f"droplet {name}: active, "), lines[-1]) == (
        *(1, "gpu-lab is not as it should be\n", True),
        f"droplet {name}: its end was asked for; it is billed until then, ./lab park makes sure",
    )
    ending.scene.world.clock.sleep(60)
    assert ending.gives("status")[0] == 3


def test_plan_shows_the_droplet_that_is_ordered_after_the_end_and_waits_for_nothing(ending: Operator, key: str) -> None:
    before = ending.scene.world.now
    status, _, err = ending.gives("plan", key)
    assert (status, err.splitlines()[:2], ending.scene.world.now) == (
        0,
        [
            "  first ./lab up waits for the end of the lab's droplet, which was asked for",
            "+ droplet: gpu-l40sx1-48gb in tor1",
        ],
        before,
    )


def test_up_waits_for_the_end_and_orders_another_droplet(ending: Operator, key: str) -> None:
    name = ending.scene.identity.name
    status, _, err = ending.gives("up", key, "--yes")
    lines = [line.strip().partition("  ") for line in err.splitlines()]
    assert (status, lines[0][2], err.splitlines()[1]) == (
        *(0, f"the end of droplet {name}, which was asked for"),
        "+ droplet: gpu-l40sx1-48gb in tor1",
    )
    assert (len(ending.scene.droplets), len(ending.scene.world.droplets)) == (1, 2)
    assert ending.gives("status")[0] == 0


def test_another_park_makes_sure_and_asks_nothing_of_a_machine_that_ends(ending: Operator) -> None:
    ending.scene.host.changes.clear()
    ending.scene.host.asked_with = None
    status, _, err = ending.gives("park", "--yes")
    assert (status, ending.scene.host.asked_with, err.splitlines()[-1].partition(";")[0]) == (
        *(0, None),
        "gpu-lab is parked",
    )
    assert ending.gives("status")[0] == 3


def test_up_goes_on_with_a_droplet_that_did_not_end_and_waits_for_that_once(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [droplet] = scene.droplets
    with scene.working() as journey:
        prospect = journey.prospect(Goal.PARKED)
        scene.site.faults = lambda _number: Fault.CUT_BEFORE
        with pytest.raises(LabError, match="does not answer"):
            journey.leave(prospect)
    waited = []
    for _ in range(2):
        before = scene.world.now
        scene.prospect(Goal.RUNNING)
        waited.append((scene.world.now - before).total_seconds())
    scene.go(Goal.RUNNING)
    assert (scene.droplets, END_LIMIT - 60 < waited[0] < END_LIMIT + 60, waited[1]) == ([droplet], True, 0)


def test_an_end_that_was_refused_was_not_asked_for(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.world.scopes = set(SCOPES.values()) - {"droplet:delete"}
    with scene.working() as journey:
        prospect = journey.prospect(Goal.PARKED)
        with pytest.raises(LabError, match="droplet:delete"):
            journey.leave(prospect)
        assert [line for line in remains(journey.record) if "the end" in line] == []
    scene.world.scopes = None
    assert scene.prospect(Goal.RUNNING).actions == ()


def test_a_refusal_takes_no_end_back_that_was_asked_for_before(ending: Operator) -> None:
    ending.scene.world.scopes = set(SCOPES.values()) - {"droplet:delete"}
    with pytest.raises(LabError, match="droplet:delete"):
        ending.gives("park", "--yes")
    state = json.loads((ending.scene.folder / "state.json").read_text(encoding="utf-8"))
    assert state["things"]["droplet"]["doomed"] is True
