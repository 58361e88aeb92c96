"""The end of the bill depends on DigitalOcean alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import infra.credentials
from infra import operator
from infra.cloud.failure import CloudError
from infra.cloud.wanted import Goal
from infra.errors import LabError
from infra.tailscale import Tailscale
from tests.cloud.fake.world import TOKEN
from tests.cloud.scene import LAB, Scene


def _turn_the_clock(scene: Scene) -> None:
    scene.world.skew = timedelta(minutes=-7)


def _name_no_size(scene: Scene) -> None:
    text = LAB.replace('sizes = ["gpu-l40sx1-48gb", "gpu-6000adax1-48gb"]', "") + "[gpu]\nmemory = 24.0\n"
    scene.file.write_text(text, encoding="utf-8")


def _lock(scene: Scene) -> None:
    scene.world.locked = True


def _let_another_machine_have_the_name(scene: Scene) -> None:
    [own] = scene.world.devices
    scene.world.devices.append({**own, "id": "another"})


HINDRANCES = [_turn_the_clock, _name_no_size, _lock, _let_another_machine_have_the_name]


@pytest.mark.parametrize("spoil", HINDRANCES, ids=lambda spoil: spoil.__name__.strip("_"))
def test_what_hinders_up_does_not_hinder_park(scene: Scene, spoil: Callable[[Scene], None]) -> None:
    scene.go(Goal.RUNNING)
    spoil(scene)
    with pytest.raises(LabError):
        scene.prospect(Goal.RUNNING)
    scene.go(Goal.PARKED)
    assert scene.droplets == []


def test_park_asks_nothing_of_tailscale(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.go(Goal.PARKED)
    assert [call.path for call in scene.site.calls if call.path.startswith("/api/")] == []
    assert len(scene.world.devices) == 1


def test_park_needs_no_keys_of_tailscale_and_up_names_them(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.folder = tmp_path / "gpu-lab/gpu-lab"
    scene.go(Goal.RUNNING)
    monkeypatch.setattr(infra.credentials, "ENV_FILE", tmp_path / "none")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv(infra.credentials.TOKEN, TOKEN)
    monkeypatch.setenv("DIGITALOCEAN_API_URL", f"{scene.address}/v2")
    for name in (infra.credentials.CLIENT, infra.credentials.SECRET):
        monkeypatch.delenv(name, raising=False)
    with operator.working(scene.lab) as journey:
        assert [action.sign for action in journey.prospect(Goal.PARKED).actions] == ["-"]
        with pytest.raises(LabError, match=r"^TAILSCALE_CLIENT_ID: missing; "):
            journey.look()


def test_down_ends_the_droplet_before_it_asks_for_the_device_to_go(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [droplet], [device] = scene.droplets, scene.world.devices
    scene.go(Goal.GONE)
    assert scene.site.mutating[:2] == [f"DELETE /v2/droplets/{droplet.id}", f"DELETE /api/v2/device/{device['id']}"]


def test_a_tailnet_that_does_not_answer_leaves_no_droplet_behind(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def silence(*_words: object) -> None:
        message = "Tailscale does not answer"
        raise CloudError(message)

    scene.go(Goal.RUNNING)
    monkeypatch.setattr(Tailscale, "remove", silence)
    with pytest.raises(CloudError, match="Tailscale does not answer"):
        scene.go(Goal.GONE)
    monkeypatch.undo()
    assert (scene.droplets, len(scene.world.devices)) == ([], 1)
    scene.go(Goal.GONE)
    assert scene.left() == {"droplets": 0, "volumes": 1, "firewalls": 0, "devices": 0}
