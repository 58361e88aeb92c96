"""Another lab's volume at the lab's droplet, or the lab's volume at another droplet: seen, told, and never deleted."""

from __future__ import annotations

import pytest

from infra.cloud.account import DigitalOceanAccount
from infra.cloud.convergence import AmbiguityError
from infra.cloud.resources import Droplet, Volume
from infra.cloud.wanted import Goal
from infra.errors import LabError
from tests.cloud.fake import world
from tests.cloud.person import Operator
from tests.cloud.scene import Scene

NEW = {"name": "second-abcdefabcdef", "region": "tor1", "size_gigabytes": 300, "filesystem_label": "gpu-lab"}
ENDS = {
    Goal.PARKED: {"droplets": 0, "volumes": 2, "firewalls": 1, "devices": 1},
    Goal.GONE: {"droplets": 0, "volumes": 2, "firewalls": 0, "devices": 0},
    Goal.ERASED: {"droplets": 0, "volumes": 1, "firewalls": 0, "devices": 0},
}


def _attach_another(scene: Scene) -> world.Volume:
    """Attach another lab's volume to the lab's droplet, as in the control panel."""
    volume = scene.world.new_volume(NEW)
    volume.attached = {scene.droplets[0].id: scene.world.now}
    return volume


def _line(scene: Scene, another: world.Volume) -> str:
    [own], [droplet] = [each for each in scene.world.volumes if each is not another], scene.droplets
    return (
        f"droplet {droplet.name} ({droplet.id}): has volume {another.name} ({another.id}) attached, which is not the "
        f"lab's and may be mounted in the place of volume {own.name} ({own.id}); ./lab park, then ./lab up, or, where "
        f"nothing of it is mounted, doctl compute volume-action detach {another.id} {droplet.id} or the control panel "
        "takes it off"
    )


def _refused(scene: Scene, line: str) -> None:
    scene.host.changes.clear()
    with pytest.raises(AmbiguityError) as caught:
        scene.go(Goal.RUNNING)
    assert (str(caught.value), scene.site.mutating, scene.host.changes) == (line, [], [])


def test_another_volume_at_the_droplet_stops_up_before_anything_is_changed(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.world.firewalls[0].body["tags"] = []  # which another up would mend
    _refused(scene, _line(scene, _attach_another(scene)))


def test_plan_and_status_say_the_same_line(scene: Scene, person: Operator, key: str) -> None:
    assert person.gives("up", "--yes", "--no-doctor", key)[0] == 0
    line = _line(scene, _attach_another(scene))
    with pytest.raises(LabError) as caught:
        person.gives("plan", key)
    assert str(caught.value) == line
    status, out, _ = person.gives("status")
    assert (status, line in out.splitlines()) == (1, True)


@pytest.mark.parametrize("goal", ENDS)
def test_another_volume_at_the_droplet_keeps_no_bill_from_its_end_and_stays(scene: Scene, goal: Goal) -> None:
    scene.go(Goal.RUNNING)
    another = _attach_another(scene)
    scene.go(goal)
    assert scene.left() == ENDS[goal]
    assert another in scene.world.billed()
    assert [call for call in scene.site.calls if another.id in call.path] == []
    scene.world.clock.sleep(scene.world.pace.detaching)
    assert scene.world.droplets_of(another) == []


def test_after_a_park_another_up_runs_without_the_other_volume(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    another = _attach_another(scene)
    scene.go(Goal.PARKED)
    scene.go(Goal.RUNNING)
    assert (len(scene.droplets), scene.world.droplets_of(another)) == (1, [])


def test_a_volume_that_is_in_no_list_yet_is_seen_at_the_droplet(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.world.pace.list_lag = 45
    _refused(scene, _line(scene, _attach_another(scene)))


def test_a_droplet_that_does_not_know_of_a_volume_yet_is_not_asked_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.go(Goal.RUNNING)
    line, look_up = _line(scene, _attach_another(scene)), DigitalOceanAccount.droplet

    def late(account: DigitalOceanAccount, number: int) -> Droplet:
        return look_up(account, number).model_copy(update={"volume_ids": ()})

    monkeypatch.setattr(DigitalOceanAccount, "droplet", late)
    _refused(scene, line)


@pytest.mark.parametrize("gone", [False, True], ids=["detached", "deleted"])
def test_a_list_that_shows_a_volume_as_it_was_a_moment_ago_stops_nobody(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, gone: bool
) -> None:
    scene.go(Goal.RUNNING)
    another, listed = _attach_another(scene), DigitalOceanAccount.volumes
    [before] = [each for each in _all(scene) if each.id == another.id]
    another.attached = {}
    another.gone = scene.world.now if gone else another.gone
    monkeypatch.setattr(DigitalOceanAccount, "volumes", lambda account: (*listed(account), before))
    assert scene.prospect(Goal.RUNNING).actions == ()


def _all(scene: Scene) -> tuple[Volume, ...]:
    with scene.working() as journey:
        return journey.cloud.volumes()


@pytest.mark.parametrize("before", [(Goal.RUNNING,), (Goal.RUNNING, Goal.PARKED)], ids=["running", "parked"])
def test_the_labs_volume_at_another_droplet_stops_up_before_anything_is_changed(
    scene: Scene, before: tuple[Goal, ...]
) -> None:
    for goal in before:
        scene.go(goal)
    [volume] = scene.world.volumes
    other = scene.world.new_droplet({"name": "other", "region": "tor1", "size": "s-2vcpu-4gb"})
    volume.attached = {other.id: scene.world.now}
    line = (
        f"volume {volume.name} ({volume.id}): is attached to droplet other ({other.id}), which is not the lab's; "
        f"unmount it there, and doctl compute volume-action detach {volume.id} {other.id} or the control panel takes "
        "it off"
    )
    _refused(scene, line)
    scene.go(Goal.GONE)
    assert [droplet.name for droplet in scene.droplets] == ["other"]
