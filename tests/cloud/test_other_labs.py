"""What the account has of another lab is billed: every verb that looks tells of it, and none takes it for its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from infra.errors import LabError
from tests.cloud.person import Operator


@pytest.fixture
def renamed(person: Operator, key: str, tmp_path: Path) -> Operator:
    """Somebody whose lab runs, and whose file has another name since."""
    person.gives("up", key, "--yes")
    text = person.scene.file.read_text(encoding="utf-8")
    (tmp_path / "other.toml").write_text(text.replace('name = "gpu-lab"', 'name = "other"'), encoding="utf-8")
    person.scene.file.unlink()
    return person


def _told(person: Operator) -> list[str]:
    name, whose = person.scene.identity.name, "made for a lab gpu-lab, which has no labs/gpu-lab.toml here"
    [droplet], [volume] = person.scene.droplets, person.scene.world.volumes
    return [
        f"  billed as well: {kind} {name} ({number}), {cost}: {whose}; with its file back, ./lab down ends it"
        for kind, number, cost in (("droplet", droplet.id, "$1.57 an hour"), ("volume", volume.id, "$30.00 a month"))
    ]


@pytest.mark.parametrize("words", [("park",), ("down",), ("down", "--delete-data", "other")])
def test_where_nothing_is_to_be_ended_what_another_lab_has_is_named(renamed: Operator, words: tuple[str, ...]) -> None:
    told = _told(renamed)
    _, _, err = renamed.gives(*words, "--yes")
    assert err.splitlines() == ["nothing of other is in this account", *told]
    assert renamed.scene.site.mutating == []


def test_before_anything_is_rented_what_another_lab_has_is_named(renamed: Operator, key: str) -> None:
    told = _told(renamed)
    assert [line for line in renamed.gives("plan", key)[2].splitlines() if "billed as well" in line] == told


def test_status_has_what_another_lab_has_beside_its_own(renamed: Operator) -> None:
    [droplet] = renamed.scene.droplets
    name = renamed.scene.identity.name
    status, out, _ = renamed.gives("status", "--json")
    content = json.loads(out)
    whose = "made for a lab gpu-lab, which has no labs/gpu-lab.toml here; with its file back, ./lab down ends it"
    assert (status, content["things"], content["price_hourly"]) == (4, [], 0)
    assert content["others"] == [
        f"droplet {name}: active, gpu-l40sx1-48gb in tor1, {droplet.address}, $1.57 an hour, $0.36 so far: {whose}",
        f"volume {name}: 300 GiB in tor1, $30.00 a month: {whose}",
    ]


def test_a_lab_that_has_a_file_is_named_without_advice(renamed: Operator) -> None:
    renamed.scene.file.write_text((renamed.scene.file.parent / "other.toml").read_text().replace("other", "gpu-lab"))
    _, out, _ = renamed.gives("status", "--lab", "other", "--json")
    assert [line.partition(": made ")[2] for line in json.loads(out)["others"]] == ["for the lab gpu-lab"] * 2


@pytest.mark.parametrize("words", [("park",), ("down", "--delete-data", "other"), ("status",), ("adopt",)])
def test_a_copy_of_another_labs_state_is_refused(person: Operator, key: str, words: tuple[str, ...]) -> None:
    person.gives("up", key, "--yes")
    folder, labs = person.scene.folder, person.scene.file.parent
    text = person.scene.file.read_text(encoding="utf-8")
    (labs / "other.toml").write_text(text.replace('name = "gpu-lab"', 'name = "other"'), encoding="utf-8")
    shutil.copytree(folder, folder.with_name("other"))
    with pytest.raises(LabError) as caught:
        person.gives(*words, "--lab", "other", *(["--yes"] if words[0] in {"park", "down"} else []))
    assert str(caught.value) == (
        f"{folder.with_name('other')}: is the state of gpu-lab, not of other; move it away, and ./lab adopt finds "
        "other if it is there"
    )
    assert person.scene.site.mutating == []
