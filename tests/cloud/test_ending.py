"""The end of the bill depends on DigitalOcean alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import infra.credentials
from infra import operator
from infra.api_refusal import SCOPES
from infra.cloud.failure import CloudError
from infra.cloud.wanted import Goal
from infra.errors import LabError
from tests.cloud.fake.tailscale import device
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
    scene.world.devices.append(device(2, "gpu-lab", "gpu-lab-1"))


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


def test_down_asks_nothing_of_tailscale_until_all_that_costs_is_gone(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [droplet], [machine] = scene.droplets, scene.world.devices
    [firewall], [volume] = scene.world.firewalls, scene.world.volumes
    scene.go(Goal.ERASED)
    asked = [call.path.startswith("/api/") for call in scene.site.calls]
    assert asked == sorted(asked)
    assert [call for call in scene.site.mutating if "/tags/" not in call] == [
        f"DELETE /v2/droplets/{droplet.id}",
        f"DELETE /v2/firewalls/{firewall.id}",
        f"DELETE /v2/volumes/{volume.id}",
        f"DELETE /api/v2/device/{machine['nodeId']}",
    ]


@pytest.mark.parametrize("goal", [Goal.GONE, Goal.ERASED])
def test_a_silent_tailnet_hinders_no_end_and_its_machine_is_named_and_taken_out_at_the_next_run(
    scene: Scene, goal: Goal
) -> None:
    scene.go(Goal.RUNNING)
    left = {"droplets": 0, "volumes": int(goal is Goal.GONE), "firewalls": 0, "devices": 1}
    scene.world.tailnet_answers = False
    with pytest.raises(LabError) as caught:
        scene.go(goal)
    assert str(caught.value) == (
        "Tailscale answers 503 to POST oauth/token; give the command again in some minutes "
        "(https://status.tailscale.com tells what is down there); its machine gpu-lab may still be in the tailnet, and "
        "all else is done: ./lab down takes it away, or you do at https://login.tailscale.com/admin/machines"
    )
    assert (scene.left(), scene.identity.name.startswith("gpu-lab-")) == (left, True)
    scene.world.tailnet_answers = True
    scene.go(goal)
    assert scene.left() == {**left, "devices": 0}
    assert scene.prospect(goal).actions == ()


def test_up_takes_out_the_machine_that_an_end_has_left_in_the_tailnet(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [before] = scene.world.devices
    scene.world.tailnet_answers = False
    with pytest.raises(CloudError):
        scene.prospect(Goal.RUNNING)
    with pytest.raises(LabError):
        scene.go(Goal.ERASED)
    scene.world.tailnet_answers = True
    scene.go(Goal.RUNNING)
    [after] = scene.world.devices
    assert (after["name"], after["id"] != before["id"]) == ("gpu-lab", True)


def test_a_lab_that_was_adopted_and_cut_off_while_it_ended_leaves_the_tailnet_all_the_same(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    state = scene.folder / "state.json"
    state.write_text(state.read_text(encoding="utf-8").replace('"joined": true', '"joined": false'), encoding="utf-8")
    scene.world.tailnet_answers = False
    with pytest.raises(LabError):
        scene.go(Goal.ERASED)
    scene.world.tailnet_answers = True
    scene.go(Goal.ERASED)
    assert (scene.left()["devices"], scene.prospect(Goal.ERASED).empty) == (0, True)


def test_a_machine_of_the_name_is_let_be_where_nothing_of_the_lab_was_ever_there(scene: Scene) -> None:
    scene.world.pace.boot = 10_000
    with pytest.raises(LabError, match="after 900 s"):
        scene.go(Goal.RUNNING)
    scene.go(Goal.ERASED)
    scene.world.devices = [device(2, "gpu-lab", "gpu-lab")]
    scene.go(Goal.GONE)
    assert scene.left()["devices"] == 1


def test_nothing_is_left_here_of_what_was_erased_but_the_lock(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    (scene.folder / "kubeconfig").write_text("canary", encoding="utf-8")
    scene.go(Goal.GONE)
    assert (scene.folder / "kubeconfig").exists()
    scene.go(Goal.ERASED)
    assert [file.name for file in scene.folder.iterdir()] == ["lock"]


def test_the_keys_of_a_volume_that_was_deleted_go_though_the_tailnet_is_silent(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    (scene.folder / "k3s-token").write_text("canary", encoding="utf-8")
    scene.world.tailnet_answers = False
    with pytest.raises(LabError, match="may still be in the tailnet"):
        scene.go(Goal.ERASED)
    assert {file.name for file in scene.folder.iterdir()} == {"lock", "state.json"}


def test_the_keys_of_a_volume_whose_deletion_was_refused_stay(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.world.scopes = set(SCOPES.values()) - {"block_storage:delete"}
    with pytest.raises(LabError, match="block_storage:delete"):
        scene.go(Goal.ERASED)
    scene.world.scopes = None
    (scene.folder / "k3s-token").write_text("canary", encoding="utf-8")
    scene.prospect(Goal.RUNNING)
    scene.go(Goal.GONE)
    assert (scene.folder / "k3s-token").exists()


@pytest.mark.parametrize("goal", [Goal.GONE, Goal.ERASED])
def test_the_keys_of_a_volume_that_is_in_no_list_are_kept(scene: Scene, goal: Goal) -> None:
    scene.go(Goal.RUNNING)
    (scene.folder / "k3s-token").write_text("canary", encoding="utf-8")
    scene.world.volumes = []
    scene.go(goal)
    assert (scene.folder / "k3s-token").exists()
