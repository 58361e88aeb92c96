"""Intents are told by their age: how old one is must be right although calls take long and clocks are set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from infra.cloud.identity import Identity
from infra.cloud.observation import PAUSE, SETTLE
from infra.cloud.state import Kind
from infra.cloud.wanted import Goal
from tests.cloud.fake.server import Fault, Server
from tests.cloud.fake.world import TEAM, Pace
from tests.cloud.scene import Scene


def _calls(scene: Scene) -> Sequence[str]:
    return [f"{call.method} {call.path}" for call in scene.site.calls]


def test_what_an_order_of_unknown_outcome_made_at_its_end_is_waited_for_from_then_on(
    server: Server, tmp_path: Path
) -> None:
    """The answer is lost after 100 s, and the list shows the volume 60 s later."""
    (tmp_path / "first").mkdir()
    known = Scene(server, tmp_path / "first")
    known.go(Goal.RUNNING)
    order = _calls(known).index("POST /v2/volumes")
    (tmp_path / "second").mkdir()
    scene = Scene(server, tmp_path / "second", Pace(list_lag=60))

    def faults(number: int) -> Fault | None:
        if number != order:
            return None
        scene.world.clock.sleep(100)
        return Fault.CUT_AFTER

    scene.go(Goal.RUNNING, faults)
    assert (_calls(scene)[order], scene.left()["volumes"]) == ("POST /v2/volumes", 1)


def test_an_intent_of_a_clock_that_was_set_back_is_waited_for_no_longer_than_another(scene: Scene) -> None:
    with scene.working() as journey:
        journey.record.begin(Identity.new("gpu-lab"), TEAM)
        journey.record.intend(Kind.DROPLET, scene.world.now + timedelta(days=1))
        begin = scene.world.now
        journey.prospect(Goal.RUNNING)
    assert SETTLE <= (scene.world.now - begin).total_seconds() <= SETTLE + PAUSE
