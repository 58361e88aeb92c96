"""`./lab` as a process of its own, with nothing replaced but the addresses of the two clouds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ailab.host_facts import HostFacts
from infra.cloud.wanted import Goal
from infra.labs import ROOT
from infra.process import Completed, run, start
from testnode.patience import until
from tests.cloud.person import variables
from tests.cloud.scene import Scene

Lab = Callable[..., Completed]


@pytest.fixture
def env(scene: Scene, tmp_path: Path) -> dict[str, str]:
    """Let the fakes have the time that the process has."""
    clock = scene.world.clock
    clock.sleep((datetime.now(UTC) - clock.now()).total_seconds())
    return variables(scene.address, tmp_path)


@pytest.fixture
def lab(env: dict[str, str]) -> Lab:
    words = [sys.executable, "-m", "infra"]
    return lambda *verb: run([*words, *verb], env=env, cwd=ROOT, timeout=120, check=False)


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


@pytest.fixture
def checkout(scene: Scene, tmp_path: Path) -> Path:
    """Be in a checkout whose only lab is the scene's, as `./lab synth` leaves it."""
    folder = tmp_path / "checkout"
    for name in ("infra", "nixos", "dist/gpu-lab"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "labs").mkdir()
    shutil.copy(scene.file, folder / "labs")
    (folder / "nixos/labs/gpu-lab.json").write_text(HostFacts.of(scene.lab).json(), encoding="utf-8")
    return folder


def test_a_process_plans_with_nothing_but_the_clouds_replaced(
    env: dict[str, str], scene: Scene, checkout: Path
) -> None:
    words = [sys.executable, "-m", "infra", "plan", f"--ssh-key={scene.ssh_key}"]
    done = run([*words, "--json"], env=env, cwd=checkout, timeout=120, check=False)
    assert (done.status, done.stderr) == (0, "")
    content = json.loads(done.stdout)
    assert [action["what"].partition(" ")[0].rstrip(":") for action in content["actions"]] == [
        *("tag", "tag", "firewall", "volume", "droplet"),
    ]
    assert (content["droplet"]["price_hourly"], scene.site.mutating) == (1.57, [])
    shown = run(words, env=env, cwd=checkout, timeout=120, check=False)
    assert (shown.status, shown.stdout, shown.stderr.count("+ ")) == (0, "", 5)


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["INT", "TERM", "HUP"],
)
def test_a_process_that_is_interrupted_says_what_there_is_and_another_one_goes_on_from_it(
    env: dict[str, str], scene: Scene, checkout: Path, number: signal.Signals, status: int
) -> None:
    tmp_path = checkout.parent
    words = [sys.executable, "-m", "infra", "up", "--yes", f"--ssh-key={scene.ssh_key}"]
    log = tmp_path / "log"
    scene.world.pace.boot = 0  # the time of the fakes does not pass by itself
    # A shell starts what runs in its background deaf to Ctrl-C, and these tests may run there.
    child = start(["env", "--default-signal", *words], env=env, cwd=checkout, log=log)
    try:
        until((tmp_path / "gpu-lab/gpu-lab/known_hosts").exists, 300, "the machine is waited for")
        os.killpg(child.pid, number)
        assert child.wait(60) == status
    finally:
        child.kill()
        child.wait()
    [name] = {thing.name for thing in (*scene.world.billed(), *scene.world.firewalls)}
    said = log.read_text(encoding="utf-8").rstrip().removesuffix("Aborted!").rstrip()
    assert said.endswith(
        f"firewall {name} is there\nvolume {name} is there\ndroplet {name} is there\n"
        "a droplet is billed until it is gone: ./lab up goes on, ./lab park ends it, ./lab status looks"
    )
    done = run([*words[:3], "plan", *words[-1:], "--json"], env=env, cwd=checkout, timeout=120)
    assert json.loads(done.stdout)["actions"] == []
