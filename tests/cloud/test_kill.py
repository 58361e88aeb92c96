"""The real process, killed at any of its calls and of the machine's steps: the next one ends as if nothing had been."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Child, start
from tests.cloud.fake.server import Fault, Server
from tests.cloud.scene import Scene
from tests.cloud.sweep import PACES, WAYS, Sweep

KILLED = -9
SECONDS = 900  # many times what it takes on a machine that has nothing else to do


def _kill(scene: Scene, goal: str, call: int, fault: Fault) -> None:
    """Let a process go the way, and kill it at one call: before that is carried out, or after."""
    folder = scene.folder.parent
    children: list[Child] = []

    def faults(number: int) -> Fault | None:
        if number != call:
            return None
        children[0].kill()
        children[0].wait()
        return fault

    scene.serve_machine()
    scene.site.faults = faults
    words = (sys.executable, "-m", "tests.cloud.killed", scene.address, folder, goal)
    with scene.site.lock:  # no call is answered before the process is known
        children.append(start(words, log=folder / "log", cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}"}))
    assert (children[0].wait(SECONDS), (folder / "log").read_text(encoding="utf-8")) == (KILLED, "")


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("way", ["up", "resume", "park", "erase"])
def test_a_way_whose_process_is_killed_ends_well_when_it_is_gone_again(
    server: Server, tmp_path: Path, way: str
) -> None:
    sweep = Sweep(server, tmp_path, WAYS[way], PACES["lagging"])
    goal = WAYS[way].goal.value
    kills = [(call, fault) for call in range(sweep.stages) for fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER)]
    found = []
    for number, (call, fault) in enumerate(kills, 1):
        defects = sweep.defects_after(number, partial(_kill, goal=goal, call=call, fault=fault))
        found += [f"killed at {call}, {fault.value}: {defect}" for defect in defects]
    assert found == []
