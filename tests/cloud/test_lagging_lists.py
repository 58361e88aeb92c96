"""What is gone and still in the lists is not there, for any verb: right after its end nothing of the lab is claimed."""

from __future__ import annotations

import pytest

from infra.errors import LabError
from tests.cloud.person import Operator

LAG = 90.0


@pytest.fixture
def erased(person: Operator, key: str) -> Operator:
    """Somebody whose lab was erased a moment ago, and whose account's lists show it still."""
    person.gives("up", key, "--yes")
    person.scene.world.pace.list_lag = LAG
    assert person.gives("down", "--yes", "--delete-data", "gpu-lab")[2].endswith("gpu-lab is gone\n")
    world = person.scene.world
    assert (len(world.listed(world.droplets)), len(world.listed(world.volumes)), world.billed()) == (1, 1, [])
    return person


@pytest.mark.parametrize(
    ("words", "status", "last"),
    [
        (("status",), 4, "gpu-lab is not there"),
        (("park", "--yes"), 4, "nothing of gpu-lab is in this account"),
        (("down", "--yes"), 0, "nothing of gpu-lab is in this account"),
        (("down", "--yes", "--delete-data", "gpu-lab"), 0, "nothing of gpu-lab is in this account"),
    ],
    ids=["status", "park", "down", "down --delete-data"],
)
def test_what_is_gone_and_listed_is_not_there(erased: Operator, words: tuple[str, ...], status: int, last: str) -> None:
    assert erased.gives(*words) == (status, "", f"{last}\n")
    assert (erased.scene.site.mutating, erased.scene.known) == ([], False)


def test_nothing_is_adopted_of_what_is_gone_and_listed(erased: Operator) -> None:
    with pytest.raises(LabError) as caught:
        erased.gives("adopt")
    assert str(caught.value) == (
        "nothing in the account carries the tag gpu-lab:gpu-lab, or a name of such a lab; ./lab up makes the lab"
    )
    assert erased.scene.known is False


def test_another_lab_of_the_name_is_made_while_the_one_that_is_gone_is_listed(erased: Operator, key: str) -> None:
    assert erased.gives("up", key, "--yes")[0] == 0
    assert erased.scene.left() == {"droplets": 1, "volumes": 1, "firewalls": 1, "devices": 1}


def test_what_another_lab_had_is_not_billed_though_it_is_listed(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.scene.world.pace.list_lag = LAG
    person.gives("park", "--yes")
    assert len(person.scene.world.listed(person.scene.world.droplets)) == 1
    file, [volume] = person.scene.file, person.scene.world.volumes
    (file.parent / "other.toml").write_text(
        file.read_text(encoding="utf-8").replace('name = "gpu-lab"', 'name = "other"'), encoding="utf-8"
    )
    assert person.gives("park", "--yes", "--lab", "other")[2].splitlines() == [
        "nothing of other is in this account",
        f"  billed as well: volume {volume.name} ({volume.id}), $30.00 a month: made for the lab gpu-lab",
    ]


def test_what_ends_while_it_is_adopted_is_not_remembered(person: Operator, key: str) -> None:
    """The lab is there when it is looked for, and gone when its things are looked up."""
    person.gives("up", key, "--yes")
    (person.scene.folder / "state.json").unlink()
    world, site = person.scene.world, person.scene.site

    def end(_number: int) -> None:
        if any(call.path.endswith("/tags") for call in site.calls):  # the first thing that the second look asks
            for thing in (*world.droplets, *world.volumes, *world.firewalls):
                thing.gone = world.now

    site.faults = end
    with pytest.raises(LabError) as caught:
        person.gives("adopt")
    assert (str(caught.value), person.scene.known) == (
        "all of gpu-lab was gone when it was looked at once more; ./lab up makes the lab",
        False,
    )
