"""Another configuration on a machine that runs NixOS: what it is built of, and what undoes or keeps it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.errors import LabError
from infra.shipping import change as changing
from infra.shipping.flake import Flake
from tests.shipping.scene import Scene

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
LOCK = '{"nodes": {}}\n'
TRIED = [
    "nix --extra-experimental-features nix-command flakes flake lock path:/run/gpu-lab-nixos",
    "lab-rollback try",
    "lab-rollback confirm",
]


def _changed(scene: Scene) -> str:
    """Change the flake; returns the mark of what the machine has."""
    (scene.host.configuration / "flake.nix").write_text("{ outputs = _: { }; }\n", encoding="utf-8")
    return (scene.droplet.disk / "var/lib/gpu-lab/system").read_text()


def test_another_configuration_is_tried_under_the_guard_then_kept(scene: Scene) -> None:
    _changed(scene)
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == TRIED
    assert (scene.droplet.disk / "etc/nixos/flake.nix").read_text() == "{ outputs = _: { }; }\n"
    mark = (scene.droplet.disk / "var/lib/gpu-lab/system").read_text().strip()
    assert mark == Flake.read(scene.host.configuration, scene.target.lab.name).version
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == []


def test_a_change_is_built_of_the_inputs_that_the_machine_has_and_their_lock_is_kept_here(scene: Scene) -> None:
    _changed(scene)
    _has_lock(scene.droplet.disk / "etc" / "nixos")
    scene.host.ship(scene.target)
    for place in (scene.host.configuration, scene.droplet.disk / "etc/nixos", scene.droplet.disk / "run/gpu-lab-nixos"):
        assert (place / "flake.lock").read_text() == LOCK
    assert scene.told[0] == (
        f"{scene.host.configuration}/flake.lock is new: it says what every later machine is built of; commit it"
    )


def test_a_lock_from_here_is_what_the_machine_gets(scene: Scene) -> None:
    _has_lock(scene.host.configuration)
    scene.host.ship(scene.target)
    assert (scene.droplet.disk / "etc/nixos/flake.lock").read_text() == LOCK
    assert (scene.host.configuration / "flake.lock").read_text() == LOCK
    assert scene.told == ["trying the new configuration", "keeping the new configuration"]


def test_where_the_lock_alone_is_missing_here_the_machines_is_taken_and_nothing_changes(scene: Scene) -> None:
    _has_lock(scene.host.configuration)
    scene.host.ship(scene.target)
    scene.droplet.calls()
    (scene.host.configuration / "flake.lock").unlink()
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == TRIED[:1]
    assert (scene.host.configuration / "flake.lock").read_text() == LOCK


def _has_lock(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "flake.lock").write_text(LOCK, encoding="utf-8")


def test_a_machine_with_another_kernel_is_restarted_and_waited_for_before_its_change_counts(scene: Scene) -> None:
    before = _changed(scene)
    boot = (scene.droplet.machine / "boot_id").read_text()
    (scene.droplet.machine / "new-kernel").touch()
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == [*TRIED, "reboot", "systemctl is-system-running --wait"]
    assert (scene.droplet.machine / "boot_id").read_text() != boot
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() != before


def test_a_machine_that_does_not_come_back_is_asked_again_the_next_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "RESTART_SECONDS", 1)
    monkeypatch.setattr(changing, "RESTART", "true")
    before = _changed(scene)
    (scene.droplet.machine / "new-kernel").touch()
    with pytest.raises(LabError, match=r"^127\.0\.0\.1: has not come back after 1 s with the new kernel; "):
        scene.host.ship(scene.target)
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() == before


def test_a_configuration_that_lets_nobody_in_is_not_confirmed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "LOGIN_SECONDS", 1)
    before = _changed(scene)
    (scene.droplet.machine / "lockout").touch()
    with pytest.raises(LabError, match=r"^127\.0\.0\.1: with the new configuration nobody gets in by ssh; "):
        scene.host.ship(scene.target)
    assert scene.droplet.calls() == TRIED[:2]
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() == before


def test_a_configuration_that_does_not_build_is_not_confirmed(scene: Scene) -> None:
    before = _changed(scene)
    scene.droplet.goes_wrong("lab-rollback", "fails-before")
    with pytest.raises(LabError, match="fails as it was told"):
        scene.host.ship(scene.target)
    assert scene.droplet.calls() == TRIED[:2]
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() == before


def test_a_change_that_was_tried_and_not_yet_confirmed_is_not_tried_again(scene: Scene) -> None:
    _changed(scene)
    (scene.droplet.disk / "run" / "gpu-lab-rollback").mkdir()
    (scene.droplet.disk / "run" / "gpu-lab-rollback" / "tried").touch()
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == [TRIED[0], TRIED[2]]
