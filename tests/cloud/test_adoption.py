"""`./lab adopt`, and what the other verbs do with a lab that is there and not known here."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import click
import pytest

from infra import operator
from infra.errors import LabError
from tests.cloud.person import Operator


def test_no_machine_is_rented_for_a_volume_whose_token_is_elsewhere(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.gives("park", "--yes")
    for name in ("state.json", "k3s-token"):
        (person.scene.folder / name).unlink()
    person.gives("adopt")
    said = (
        f"{person.scene.folder}: has no k3s-token, without which ./lab up cannot go on; copy the folder from where the "
        "lab was started, or mount the volume on any droplet and copy what is in its rancher/k3s/server/token to "
        f"{person.scene.folder}/k3s-token"
    )
    status, out, err = person.gives("status")
    assert (status, out.splitlines()[-1], err) == (1, said, "gpu-lab is not as it should be\n")
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
    with pytest.raises(LabError, match=r": has no k3s-token, without which ./lab up cannot go on; "):
        person.gives("up", key, "--yes")
    assert (person.scene.site.mutating, (person.scene.folder / "k3s-token").exists()) == ([], False)


def _lacking(person: Operator, named: str) -> str:
    """Give the line that leads to the machine for what is missing here."""
    folder, [droplet] = person.scene.folder, person.scene.droplets
    return (
        f"{folder}: has no {named}, without which ./lab up cannot go on; copy the folder from where the lab was "
        "started, or give this command, in which you vouch to ssh for the machine's key: "
        f"ssh -i {person.scene.ssh_key} root@{droplet.address} 'cd /var/lib/gpu-lab/secrets && tar -cf - k3s-token "
        f"-C /etc/ssh ssh_host_ed25519_key ssh_host_ed25519_key.pub' | tar -xf - -C {folder}"
    )


def test_where_the_whole_folder_is_lost_each_verb_leads_to_the_machine_that_has_the_keys(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator, "SSH_KEY", person.scene.ssh_key)
    person.gives("up", key, "--yes")
    kept = person.scene.folder.rename(person.scene.folder.with_name("kept"))
    said = _lacking(person, "k3s-token and no ssh_host_ed25519_key")
    assert person.gives("adopt")[2].splitlines()[-1] == said
    status, out, err = person.gives("status")
    assert (status, out.splitlines()[-1], err) == (1, said, "gpu-lab is not as it should be\n")
    for verb in ("plan", "up"):
        with pytest.raises(LabError, match=f"^{re.escape(said)}$"):
            person.gives(verb, key, *(("--yes",) if verb == "up" else ()))
    with pytest.raises(LabError, match=r"; \./lab park --at-once ends the droplet without saving what is in memory$"):
        person.gives("park", "--yes")
    assert (person.scene.site.mutating, (person.scene.folder / "ssh_host_ed25519_key").exists()) == ([], False)
    for name in ("k3s-token", "ssh_host_ed25519_key"):  # as the command does
        shutil.copy(kept / name, person.scene.folder)
    assert person.gives("status")[0] == 0
    assert person.gives("up", key, "--yes")[0] == 0


ALONE = "the droplet's own copy ends with it; then gpu-lab's volume alone has the token"


@pytest.mark.parametrize("verb", ["park", "down"])
def test_the_end_of_the_last_machine_that_has_the_token_is_told_before_it_is_agreed_to(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    person.gives("up", key, "--yes")
    (person.scene.folder / "k3s-token").unlink()
    said = [_lacking(person, "k3s-token"), ALONE]
    monkeypatch.setattr(click, "confirm", lambda _question, *, err: not err)
    with pytest.raises(click.Abort):
        person.gives(verb)
    assert person.capture.readouterr().err.splitlines()[-3:-1] == said
    assert len(person.scene.droplets) == 1
    status, _, err = person.gives(verb, "--yes")
    assert (status, person.scene.droplets) == (0, [])
    assert [line for line in err.splitlines() if line in said] == said


def test_where_the_data_ends_too_nothing_is_said_of_its_token(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    (person.scene.folder / "k3s-token").unlink()
    assert "k3s-token" not in person.gives("down", "--delete-data=gpu-lab", "--yes")[2]


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
    assert err.splitlines()[-1] == _lacking(person, "k3s-token")
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
