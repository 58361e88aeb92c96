"""`./lab adopt`, and what the other verbs do with a lab that is there and not known here."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from infra.errors import LabError
from tests.cloud.person import Operator


def test_no_machine_is_rented_for_a_volume_whose_token_is_elsewhere(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.gives("park", "--yes")
    for name in ("state.json", "k3s-token"):
        (person.scene.folder / name).unlink()
    person.gives("adopt")
    said = (
        f"{person.scene.folder}: has no k3s-token, without which the volume cannot be read; copy the folder from where "
        "the lab was started, or give its data up: ./lab down --delete-data gpu-lab"
    )
    for verb in ("plan", "up"):
        with pytest.raises(LabError, match=f"^{re.escape(said)}$"):
            person.gives(verb, key, *(("--yes",) if verb == "up" else ()))
        assert person.scene.site.mutating == []
    (person.scene.folder / "k3s-token").touch()
    assert person.gives("up", key, "--yes")[0] == 0


def test_no_machine_is_rented_for_a_volume_whose_token_is_lost(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.gives("park", "--yes")
    (person.scene.folder / "k3s-token").unlink()
    with pytest.raises(LabError, match=r": has no k3s-token, without which the volume cannot be read; "):
        person.gives("up", key, "--yes")
    assert (person.scene.site.mutating, (person.scene.folder / "k3s-token").exists()) == ([], False)


def test_a_lab_whose_state_is_lost_is_adopted_by_its_tags(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    before = (person.scene.folder / "state.json").read_text(encoding="utf-8")
    for name in ("state.json", "k3s-token"):
        (person.scene.folder / name).unlink()
    with pytest.raises(LabError, match=r"another lab named gpu-lab is in this account: .*; if it is this one, "):
        person.gives("up", key, "--yes")
    status, _, err = person.gives("adopt")
    assert (status, len(err.splitlines()), person.scene.site.mutating) == (0, 5, [])
    [device] = person.scene.world.devices
    name = person.scene.identity.name
    assert err.splitlines()[:-1] == [
        f"firewall {name} is gpu-lab's",
        f"volume {name} is gpu-lab's",
        f"droplet {name} is gpu-lab's",
        "machine gpu-lab of the tailnet is taken for gpu-lab's, by its name and tag alone: see that it is no other's",
    ]
    assert err.splitlines()[-1] == (
        f"{person.scene.folder}: has no k3s-token; copy the folder from where the lab was started before ./lab up, "
        "since with another token k3s cannot read what it has on the volume"
    )
    found = json.loads(person.gives("adopt", "--json")[1])
    [droplet], [volume], [firewall] = person.scene.droplets, person.scene.world.volumes, person.scene.world.firewalls
    assert found == {
        "lab": "gpu-lab",
        "uid": person.scene.identity.uid,
        "things": {"firewall": firewall.id, "volume": volume.id, "droplet": str(droplet.id)},
        "device": device["nodeId"],
        "missing": ["k3s-token"],
        "tailnet": None,
    }
    (person.scene.folder / "k3s-token").touch()
    assert len(person.gives("adopt")[2].splitlines()) == 3
    after = (person.scene.folder / "state.json").read_text(encoding="utf-8")
    ids = [{kind: each["id"] for kind, each in json.loads(text)["things"].items()} for text in (before, after)]
    assert (ids[0], json.loads(before)["uid"]) == (ids[1], json.loads(after)["uid"])
    person.gives("up", key, "--yes")
    assert person.scene.site.mutating == []


def test_nothing_is_adopted_where_there_is_nothing_or_too_much(person: Operator, key: str) -> None:
    with pytest.raises(LabError, match="nothing in the account carries the tag gpu-lab:gpu-lab, or a name "):
        person.gives("adopt")
    person.gives("up", key, "--yes")
    uid = person.scene.identity.uid
    with pytest.raises(LabError, match="--uid: no lab gpu-lab has abc; there is"):
        person.gives("adopt", "--uid=abc")
    [volume] = person.scene.world.volumes
    other = person.scene.world.new_volume({"name": "x", "region": "tor1", "size_gigabytes": 1})
    other.tags = [volume.tags[0], f"gpu-lab-uid:{'0' * 32}"]
    with pytest.raises(LabError, match="--uid: missing, since there is more than one lab gpu-lab"):
        person.gives("adopt")
    assert person.gives("adopt", f"--uid={uid}")[0] == 0


@pytest.mark.parametrize("verb", ["park", "down"])
def test_what_is_there_and_not_known_here_is_not_called_nothing(person: Operator, key: str, verb: str) -> None:
    person.gives("up", key, "--yes")
    name = person.scene.identity.name
    [droplet], [volume] = person.scene.droplets, person.scene.world.volumes
    (person.scene.folder / "state.json").unlink()
    with pytest.raises(LabError) as caught:
        person.gives(verb, "--yes")
    assert str(caught.value) == (
        f"nothing is known here of gpu-lab, but the account has droplet {name} ({droplet.id}), volume {name} "
        f"({volume.id}); first ./lab adopt"
    )
    assert person.scene.site.mutating == []


def test_a_lab_whose_state_and_tag_are_lost_is_found_by_its_names(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    uid = person.scene.identity.uid
    (person.scene.folder / "state.json").unlink()
    for thing in (*person.scene.world.droplets, *person.scene.world.volumes):
        thing.tags.remove("gpu-lab:gpu-lab")
    for verb in ("park", "down"):
        with pytest.raises(LabError, match=r"^nothing is known here of gpu-lab, but the account has droplet "):
            person.gives(verb, "--yes")
    with pytest.raises(LabError, match=r"^another lab named gpu-lab is in this account: droplet "):
        person.gives("up", key, "--yes")
    assert (person.gives("adopt")[0], person.scene.identity.uid) == (0, uid)
    assert person.gives("park", "--yes")[0] == 0
    assert person.scene.left()["droplets"] == 0


def test_a_lab_that_lost_all_tags_is_found_by_its_names_and_has_them_again(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    name = person.scene.identity.name
    (person.scene.folder / "state.json").unlink()
    for thing in (*person.scene.world.droplets, *person.scene.world.volumes):
        thing.tags.clear()
    assert (person.gives("adopt")[0], person.scene.identity.name) == (0, name)
    assert person.gives("up", key, "--yes")[0] == 0
    assert [thing.tags for thing in person.scene.world.billed()] == [list(person.scene.identity.tags)] * 2


@pytest.mark.parametrize("words", [("park",), ("down",), ("down", "--delete-data", "gpu-lab")])
def test_a_lab_that_somebody_made_anew_is_not_called_gone(
    person: Operator, key: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another person's machine has the state of the lab that was: theirs is another."""
    person.gives("up", key, "--yes")
    shutil.copytree(tmp_path / "gpu-lab", tmp_path / "theirs/gpu-lab")
    person.gives("down", "--delete-data", "gpu-lab", "--yes")
    person.gives("up", key, "--yes")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "theirs"))
    with pytest.raises(LabError, match=r"^another lab named gpu-lab is in this account: droplet .*, volume "):
        person.gives(*words, "--yes")
    assert person.scene.site.mutating == []
