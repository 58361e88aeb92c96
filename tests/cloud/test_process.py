"""`./lab` as a process of its own, with nothing replaced but the addresses of the two clouds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.cloud.wanted import Goal
from infra.labs import ROOT
from infra.process import Completed, run
from tests.cloud.person import variables
from tests.cloud.scene import Scene

Lab = Callable[..., Completed]


@pytest.fixture
def lab(scene: Scene, tmp_path: Path) -> Lab:
    clock = scene.world.clock
    clock.sleep((datetime.now(UTC) - clock.now()).total_seconds())
    env = variables(scene, tmp_path)
    return lambda *words: run([sys.executable, "-m", "infra", *words], env=env, cwd=ROOT, timeout=120, check=False)


def test_a_process_looks_with_the_real_client_and_changes_nothing(lab: Lab, scene: Scene, tmp_path: Path) -> None:
    scene.folder = tmp_path / "gpu-lab/gpu-lab"
    scene.go(Goal.RUNNING)
    scene.site.calls.clear()
    done = lab("status", "--json")
    assert (done.status, done.stderr) == (0, "")
    assert json.loads(done.stdout)["price_hourly"] == 1.57
    assert scene.site.mutating == []


@pytest.mark.parametrize("words", [("up", "--yes"), ("plan",)], ids=lambda words: words[0])
def test_a_process_that_is_refused_says_one_line(lab: Lab, scene: Scene, words: tuple[str, ...]) -> None:
    done = lab(*words, f"--ssh-key={scene.ssh_key}")
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr == (
        "tailnet: labs/gpu-lab.toml has the example's; write your own's name, which "
        "https://login.tailscale.com/admin/dns shows, and run ./lab synth\n"
    )
    assert (scene.world.billed(), scene.site.calls) == ([], [])


def test_the_status_of_a_lab_that_is_not_there_is_4(lab: Lab) -> None:
    done = lab("status")
    assert (done.status, done.stdout, done.stderr) == (4, "", "gpu-lab is not there\n")
