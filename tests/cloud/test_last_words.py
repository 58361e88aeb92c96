"""What a verb says last when it comes to nothing: of what it has begun, what is left; and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from infra.errors import LabError
from tests.cloud.person import Operator
from tests.cloud.scene import Scene


def _another_labs_state(scene: Scene) -> None:
    state = scene.folder / "state.json"
    state.write_text(state.read_text(encoding="utf-8").replace('"gpu-lab"', '"small"'), encoding="utf-8")


def _another_region(scene: Scene) -> None:
    scene.file.write_text(scene.file.read_text(encoding="utf-8") + 'region = "tor9"\n', encoding="utf-8")


def _another_time(scene: Scene) -> None:
    scene.world.skew = timedelta(minutes=7)


def _another_account(scene: Scene) -> None:
    scene.world.team = "another"


@pytest.mark.parametrize("before", ["a lab that runs", "a lab that is parked"])
@pytest.mark.parametrize(
    ("spoil", "verbs"),
    [
        (_another_labs_state, ("up", "park", "down")),
        (_another_account, ("up", "park", "down")),
        (_another_region, ("up",)),
        (_another_time, ("up",)),
    ],
)
def test_what_is_refused_before_anything_was_begun_is_one_line(
    person: Operator, key: str, before: str, spoil: Callable[[Scene], None], verbs: tuple[str, ...]
) -> None:
    person.gives("up", key, "--yes")
    if before == "a lab that is parked":
        person.gives("park", "--yes")
    spoil(person.scene)
    for verb in verbs:
        with pytest.raises(LabError):
            person.gives(verb, key, "--yes")
        assert (person.capture.readouterr().err, person.scene.site.mutating) == ("", [])


def test_who_wanted_a_droplet_and_got_none_is_not_told_to_delete_the_data(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.gives("park", "--yes")
    person.scene.world.sold_out = {size.slug for size in person.scene.world.sizes}
    with pytest.raises(LabError, match="no droplet to be had"):
        person.gives("up", key, "--yes")
    name = person.scene.identity.name
    assert person.capture.readouterr().err.splitlines()[-3:] == [
        f"firewall {name} is there",
        f"volume {name} is there",
        "a volume is billed until it is gone: ./lab up goes on with it, ./lab status looks",
    ]
