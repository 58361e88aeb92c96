"""The lab's machine in the tailnet is known by its id, and another one of its name is let be."""

from __future__ import annotations

import json

import pytest

from infra.cloud.convergence import AmbiguityError
from infra.cloud.wanted import Goal
from infra.errors import LabError
from tests.cloud.fake.server import Fault
from tests.cloud.fake.tailscale import device
from tests.cloud.person import Operator
from tests.cloud.scene import Scene, stop_at

OTHER = device(2, "gpu-lab", "gpu-lab-1")
NOT_OURS = (
    "the tailnet has a machine gpu-lab-1 that is not known to be this lab's; if it is of no use any more, remove it at "
    "https://login.tailscale.com/admin/machines; if it is, rename this lab"
)
PERHAPS_OURS = (
    "all is done, but the tailnet has a machine gpu-lab-1, and nothing here says whether it was this lab's; if it was, "
    "remove it at https://login.tailscale.com/admin/machines"
)
ENDS = pytest.mark.parametrize("goal", [Goal.GONE, Goal.ERASED])


def _remembered(scene: Scene) -> tuple[bool, str | None, str | None]:
    """Tell what the state file has of the tailnet."""
    state = json.loads((scene.folder / "state.json").read_text(encoding="utf-8"))
    return state["joined"], state["device"], state["key"]


def _cut(scene: Scene, where: str) -> None:
    """Let `up` be killed at a place."""
    scene.host.interrupt = stop_at(where)
    with pytest.raises(BaseException, match=where):
        scene.go(Goal.RUNNING)
    scene.host.interrupt = lambda _where: None


def test_the_machines_id_is_kept_from_when_it_has_joined_until_it_has_left(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [own] = scene.world.devices
    for goal in (Goal.RUNNING, Goal.PARKED, Goal.RUNNING):
        scene.go(goal)
        assert _remembered(scene) == (True, own["nodeId"], None)
    scene.go(Goal.GONE)
    assert (_remembered(scene), scene.world.devices) == ((False, None, None), [])


@ENDS
def test_of_two_machines_of_the_name_the_labs_own_is_taken_out_and_the_other_stays(scene: Scene, goal: Goal) -> None:
    scene.go(Goal.RUNNING)
    scene.world.devices.insert(0, OTHER)
    scene.go(goal)
    assert (scene.world.devices, scene.left()["droplets"]) == ([OTHER], 0)


@ENDS
def test_a_machine_that_has_taken_the_name_of_the_labs_own_stays(scene: Scene, goal: Goal) -> None:
    scene.go(Goal.RUNNING)
    scene.world.devices = [OTHER]
    with pytest.raises(AmbiguityError, match=f"^{NOT_OURS}$"):
        scene.go(Goal.RUNNING)
    scene.go(goal)
    assert scene.world.devices == [OTHER]


@ENDS
def test_a_machine_that_came_while_the_labs_own_had_not_joined_yet_stays(scene: Scene, goal: Goal) -> None:
    _cut(scene, "before hand_over")
    scene.world.devices = [OTHER]
    with pytest.raises(AmbiguityError, match=f"^{NOT_OURS}$"):
        scene.go(Goal.RUNNING)
    with pytest.raises(LabError, match=f"^{PERHAPS_OURS}$"):
        scene.go(goal)
    assert (scene.world.devices, scene.world.auth_keys, scene.left()["droplets"]) == ([OTHER], {}, 0)
    assert scene.prospect(goal).actions == ()


def test_a_machine_whose_id_was_not_kept_says_it_itself_and_gets_no_second_key(scene: Scene) -> None:
    _cut(scene, "after hand_over")
    [own] = scene.world.devices
    joined, before, key = _remembered(scene)
    assert (joined, before, key is None) == (True, None, False)
    scene.go(Goal.RUNNING)
    assert (_remembered(scene), scene.world.devices) == ((True, own["nodeId"], None), [own])
    assert [call for call in scene.site.mutating if "/keys" in call] == []


@pytest.mark.parametrize("goal", [Goal.PARKED, Goal.GONE, Goal.ERASED])
def test_before_a_droplet_ends_its_machine_says_which_it_is(scene: Scene, goal: Goal) -> None:
    _cut(scene, "after hand_over")
    [own] = scene.world.devices
    scene.world.devices.append(OTHER)
    scene.go(goal)
    if goal is Goal.PARKED:
        assert (_remembered(scene), scene.world.devices) == ((True, own["nodeId"], None), [own, OTHER])
    else:
        assert scene.world.devices == [OTHER]


def _forget(scene: Scene) -> None:
    (scene.folder / "state.json").unlink()


def test_a_parked_lab_that_was_adopted_takes_its_machine_out_by_what_the_adoption_said(
    person: Operator, key: str
) -> None:
    scene = person.scene
    person.gives("up", key, "--yes")
    person.gives("park", "--yes")
    _forget(scene)
    person.gives("adopt")
    person.gives("down", "--yes")
    assert scene.world.devices == []


def test_of_two_machines_adoption_chooses_none_and_a_droplet_that_runs_says_which_it_is(
    person: Operator, key: str
) -> None:
    scene = person.scene
    person.gives("up", key, "--yes")
    scene.world.devices.append(OTHER)
    _forget(scene)
    assert person.gives("adopt")[2].splitlines()[-1] == (
        "the tailnet has several machines of that name, and nothing says which is gpu-lab's: gpu-lab, gpu-lab-1"
    )
    assert _remembered(scene) == (False, None, None)
    person.gives("down", "--yes")
    assert scene.world.devices == [OTHER]


def test_an_adoption_while_the_tailnet_is_silent_says_so(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    _forget(person.scene)
    person.scene.world.tailnet_answers = False
    assert person.gives("adopt")[2].splitlines()[-1] == (
        "tailnet: not asked: Tailscale answers 503 to POST oauth/token; give the command again in some minutes "
        "(https://status.tailscale.com tells what is down there); ./lab adopt again asks it"
    )
    person.scene.world.tailnet_answers = True
    person.gives("adopt")
    assert _remembered(person.scene)[1] == person.scene.world.devices[0]["nodeId"]


def test_an_adoption_tells_programs_too_how_the_machine_was_found_or_why_not(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    _forget(person.scene)
    told: list[str | None] = []
    for answers in (False, True, True):
        person.scene.world.tailnet_answers = answers
        told.append(json.loads(person.gives("adopt", "--json")[1])["tailnet"])
    assert told == [
        (
            "tailnet: not asked: Tailscale answers 503 to POST oauth/token; give the command again in some minutes "
            "(https://status.tailscale.com tells what is down there); ./lab adopt again asks it"
        ),
        "machine gpu-lab of the tailnet is taken for gpu-lab's, by its name and tag alone: see that it is no other's",
        None,
    ]


def test_status_tells_another_machine_of_the_name_from_the_labs_own(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.scene.world.devices.append(OTHER)
    status, out, _ = person.gives("status")
    assert (status, out.splitlines()[-3:]) == (
        1,
        [
            "machine gpu-lab of the tailnet",
            "machine gpu-lab-1 of the tailnet: not known to be this lab's",
            (
                "machines of the tailnet: 2 of the lab's name; remove what is of no use at "
                "https://login.tailscale.com/admin/machines"
            ),
        ],
    )
    person.scene.world.devices = [OTHER]
    assert person.gives("status")[0] == 1


def test_where_the_machine_is_not_asked_it_is_left_and_named(scene: Scene) -> None:
    _cut(scene, "after hand_over")
    with (
        scene.working() as journey,
        pytest.raises(LabError, match=r"^all is done, but the tailnet has a machine gpu-lab,"),
    ):
        journey.leave(journey.prospect(Goal.GONE), at_once=True)
    assert scene.left() == {"droplets": 0, "volumes": 1, "firewalls": 0, "devices": 1}


@ENDS
def test_a_key_that_no_machine_has_used_is_taken_back_by_its_id(scene: Scene, goal: Goal) -> None:
    _cut(scene, "before hand_over")
    [number] = scene.world.auth_keys
    assert _remembered(scene) == (True, None, number)
    scene.world.auth_keys["other"] = {"key": "tskey-auth-other", "description": scene.identity.key}
    scene.go(goal)
    assert list(scene.world.auth_keys) == ["other"]
    assert [call.path for call in scene.site.calls if call.path.endswith("/keys")] == []


def test_a_key_whose_making_was_cut_off_is_found_and_taken_back_before_another_is_made(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    making = [f"{call.method} {call.path}" for call in scene.site.calls].index("POST /api/v2/tailnet/-/keys")
    scene.go(Goal.ERASED)
    with pytest.raises(LabError, match="Tailscale does not answer"):
        scene.go(Goal.RUNNING, lambda number: Fault.CUT_AFTER if number == making else None)
    [lost] = scene.world.auth_keys
    assert _remembered(scene) == (True, None, None)
    scene.go(Goal.RUNNING)
    assert f"DELETE /api/v2/tailnet/-/keys/{lost}" in scene.site.mutating
    assert (scene.world.auth_keys, len(scene.world.devices)) == ({}, 1)
