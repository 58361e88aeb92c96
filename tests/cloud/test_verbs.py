"""The verbs as their operator gives them: what they say, ask, print and return."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from infra import operator
from infra.checkup.finding import Finding, State
from infra.cloud.observation import SETTLE
from infra.cloud.record import Record
from infra.edges import Edge
from infra.errors import LabError
from infra.status import STATUSES
from tests.cloud.fake.world import TEAM
from tests.cloud.person import Operator
from tests.cloud.scene import Scene, stop_at
from tests.readme import TEXT


def _names(scene: Scene) -> tuple[str, str]:
    """Give the name and the identity that the lab has now."""
    return scene.identity.name, scene.identity.uid


def test_nothing_is_made_before_yes(person: Operator, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "confirm", _no)
    with pytest.raises(click.Abort):
        person.gives("up", key)
    assert (person.scene.site.mutating, person.scene.known) == ([], False)


def _no(_question: str, *, err: bool) -> bool:
    return not err


SILENCE = (
    "tailnet: not asked: Tailscale answers 503 to POST oauth/token; give the command again in some minutes "
    "(https://status.tailscale.com tells what is down there)"
)
PARK = (
    "./lab park ends the droplet, and its bill; "
    "nothing reminds you of it until the lab file has [observability.alerts] ntfy"
)


def test_up_says_what_it_does_and_where_the_lab_is(person: Operator, key: str) -> None:
    status, out, err = person.gives("up", key, "--yes")
    address = person.scene.droplets[0].address
    assert (status, out) == (0, "")
    done = [line.split(maxsplit=2)[-1] for line in err.splitlines()]
    assert [line for line in done if line in {"reach", "install", "hand over", "ship", "wait"}] == [
        "reach",
        "install",
        "hand over",
        "ship",
        "wait",
    ]
    assert err.endswith(
        f"gpu-lab runs at {address}; the chat is at https://openwebui.tail1a2b3c.ts.net\n{PARK}\n1 arrows hold\n"
    )


def test_of_what_the_lab_is_without_up_says_nothing(person: Operator, key: str) -> None:
    file = person.scene.file
    file.write_text('without = ["chat", "search", "observability"]\n' + file.read_text(), encoding="utf-8")
    err = person.gives("up", key, "--yes", "--no-doctor")[2]
    address = person.scene.droplets[0].address
    assert err.splitlines()[-2:] == [
        f"gpu-lab runs at {address}; the gateway is at https://litellm.tail1a2b3c.ts.net/v1",
        "./lab park ends the droplet, and its bill",
    ]


BROKEN = Finding(Edge("open-webui", "litellm", 4000, "chats"), State.BROKEN, 5, "no answer", "./lab logs litellm")


def test_up_ends_with_the_line_of_each_broken_arrow_and_no_success(person: Operator, key: str) -> None:
    person.findings.append(BROKEN)
    with pytest.raises(LabError, match=r"^broken: 1 of 2 arrows: open-webui -> litellm:4000$"):
        person.gives("up", key, "--yes")
    err = person.capture.readouterr().err
    assert err.endswith(
        f"{PARK}\nBROKEN  open-webui -> litellm:4000                       5000 ms  no answer: ./lab logs litellm\n"
    )
    assert person.scene.left()["droplets"] == 1


def test_up_tries_no_connection_where_it_is_told_not_to(person: Operator, key: str) -> None:
    person.findings.append(BROKEN)
    status, _, err = person.gives("up", key, "--yes", "--no-doctor")
    assert (status, err.splitlines()[-1]) == (0, PARK)


def test_another_up_tries_the_connections_though_it_changes_nothing(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.findings.append(BROKEN)
    with pytest.raises(LabError, match=r"^broken: 1 of 2 arrows"):
        person.gives("up", key, "--yes")
    assert person.scene.site.mutating == []


def test_while_the_tailnet_is_silent_status_and_adopt_still_tell_what_is_billed(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.scene.world.tailnet_answers = False
    status, out, err = person.gives("status")
    [droplet] = person.scene.droplets
    lines = out.splitlines()
    assert (status, err) == (0, "gpu-lab runs\n")
    assert lines[0].startswith(f"droplet {droplet.name}: active, gpu-l40sx1-48gb in tor1, ")
    assert lines[-1] == SILENCE
    assert person.gives("adopt")[0] == 0
    person.gives("park", "--yes")
    status, out, err = person.gives("status")
    assert (status, out.splitlines()[-1], err) == (3, SILENCE, "gpu-lab is parked\n")
    person.scene.world.firewalls.clear()
    person.scene.world.volumes.clear()
    assert person.gives("status") == (4, f"{SILENCE}\n", "gpu-lab is not there\n")


def test_what_else_is_wrong_is_no_success_while_the_tailnet_is_silent(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.scene.world.tailnet_answers = False
    [droplet] = person.scene.droplets
    another = person.scene.world.new_volume({"name": "another", "region": "tor1", "size_gigabytes": 1})
    another.attached = {droplet.id: person.scene.world.now}
    person.scene.world.firewalls.clear()
    status, out, err = person.gives("status")
    wrong, missing, silent = out.splitlines()[-3:]
    assert (status, err) == (1, "gpu-lab is not as it should be\n")
    assert wrong.startswith(f"droplet {droplet.name} ({droplet.id}): has volume another ({another.id}) attached, ")
    assert (missing, silent) == ("firewall: missing; ./lab up makes it", SILENCE)


@pytest.mark.parametrize("words", [("plan",), ("up", "--yes")], ids=["plan", "up"])
def test_where_the_tailnet_is_silent_it_is_said_what_is_to_be_done(
    person: Operator, key: str, words: tuple[str, ...]
) -> None:
    person.scene.world.tailnet_answers = False
    with pytest.raises(LabError) as caught:
        person.gives(*words, key)
    assert (str(caught.value), person.scene.site.mutating) == (SILENCE.removeprefix("tailnet: not asked: "), [])


def test_the_page_and_the_help_have_each_status_in_the_same_words(person: Operator) -> None:
    shown = person.gives("status", "--help")[1]
    told = "".join(f"{number}: {meaning}. " for number, meaning in STATUSES.items()).rstrip()
    assert (told in " ".join(shown.split()), told in TEXT) == (True, True)


def test_a_park_reports_to_programs_that_no_droplet_is_billed_any_more(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    droplet = json.loads(person.gives("park", "--yes", "--json")[1])["droplet"]
    assert droplet == {"size": None, "price_hourly": 0.0, "price_monthly": 0.0}


def test_status_follows_the_lab_through_its_life(person: Operator, key: str) -> None:
    assert person.gives("status") == (4, "", "gpu-lab is not there\n")
    person.gives("up", key, "--yes")
    name, _ = _names(person.scene)
    person.scene.world.clock.sleep(3600 * 9)
    [droplet] = person.scene.droplets
    volume = f"volume {name}: 300 GiB in tor1, $30.00 a month\n"
    rest = f"firewall {name}\nmachine gpu-lab of the tailnet\n"
    assert person.gives("status") == (
        0,
        (
            f"droplet {name}: active, gpu-l40sx1-48gb in tor1, {droplet.address}, $1.57 an hour, $14.49 so far\n"
            f"{volume}{rest}"
        ),
        "gpu-lab runs\n",
    )
    person.gives("park", "--yes")
    assert person.gives("status") == (3, volume + rest, "gpu-lab is parked\n")
    person.gives("down", "--yes", "--delete-data=gpu-lab")
    assert person.gives("status") == (4, "", "gpu-lab is not there\n")


def test_status_is_no_success_while_something_is_unaccounted_for(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    name, _ = _names(person.scene)
    [droplet] = person.scene.droplets
    (person.scene.folder / "state.json").unlink()
    status, out, err = person.gives("status", "--json")
    assert (status, err) == (1, "")
    content = json.loads(out)
    unknown = ": gpu-lab's, unknown here; ./lab adopt"
    assert (content["state"], content["price_hourly"], content["things"][1:3]) == (
        "is not as it should be",
        1.57,
        [
            f"droplet {name}: active, gpu-l40sx1-48gb in tor1, {droplet.address}, $1.57 an hour, $0.36 so far{unknown}",
            f"volume {name}: 300 GiB in tor1, $30.00 a month{unknown}",
        ],
    )


@pytest.mark.parametrize(
    "words", [("plan",), ("up", "--yes"), ("status",), ("park", "--yes"), ("down", "--yes"), ("adopt",)]
)
def test_a_token_of_another_account_is_refused_before_anything_is_forgotten(
    person: Operator, key: str, words: tuple[str, ...]
) -> None:
    person.gives("up", key, "--yes")
    person.scene.world.team = "another"
    before = (person.scene.folder / "state.json").read_bytes()
    things = person.scene.world.droplets, person.scene.world.volumes, person.scene.world.firewalls
    person.scene.world.droplets, person.scene.world.volumes, person.scene.world.firewalls = [], [], []
    with pytest.raises(LabError) as caught:
        person.gives(*words, *([key] if words[0] in {"plan", "up"} else []))
    assert str(caught.value) == (
        "DIGITALOCEAN_TOKEN: is of owner@gpu-lab.example's account, and gpu-lab is in another; give a token of the "
        "account in which it was made"
    )
    assert (person.scene.site.mutating, (person.scene.folder / "state.json").read_bytes()) == ([], before)
    person.scene.world.team = TEAM
    person.scene.world.droplets, person.scene.world.volumes, person.scene.world.firewalls = things
    assert person.gives("status")[0] == 0


@pytest.mark.parametrize("words", [("park",), ("down",), ("down", "--delete-data=gpu-lab")], ids="-".join)
def test_where_nothing_of_the_lab_is_there_nothing_is_called_parked_and_nothing_is_forgotten(
    person: Operator, key: str, words: tuple[str, ...]
) -> None:
    person.gives("up", key, "--yes")
    world = person.scene.world
    world.droplets, world.volumes, world.firewalls, world.tags = [], [], [], []
    world.clock.sleep(SETTLE)
    uid = person.scene.identity.uid
    if words[0] == "down":  # takes the machine out of the tailnet, which is all that is left
        assert person.gives(*words, "--yes")[0] == 0
    status, out, err = person.gives(*words, "--yes", "--json")
    content = json.loads(out)
    assert (status, err) == (4 if words[0] == "park" else 0, "nothing of gpu-lab is in this account\n")
    assert (content["actions"], content["volume"]) == ([], {"price_monthly": 0.0})
    assert person.scene.identity.uid == uid


@pytest.mark.parametrize("verb", ["park", "down"])
def test_the_key_that_the_machine_took_is_remembered_wherever_the_next_verb_is_given(
    person: Operator, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    own = person.scene.ssh_key
    monkeypatch.chdir(own.parent)
    person.gives("up", f"--ssh-key={own.name}", "--yes")
    monkeypatch.chdir("/")
    person.gives(verb, "--yes")
    assert (person.scene.droplets, person.scene.host.asked_with) == ([], own)


def test_a_key_may_be_named_by_its_public_half(person: Operator, key: str) -> None:
    assert person.gives("up", f"{key}.pub", "--yes")[0] == 0
    person.gives("park", "--yes")
    assert person.scene.host.asked_with == person.scene.ssh_key
    person.scene.ssh_key.unlink()
    with pytest.raises(LabError, match=rf"^{person.scene.ssh_key}\.pub: no ssh key; ssh-keygen .* makes one"):
        person.gives("up", f"{key}.pub", "--yes")


def test_another_key_may_be_named_for_the_end(person: Operator, key: str, tmp_path: Path) -> None:
    person.gives("up", key, "--yes")
    person.gives("park", f"--ssh-key={tmp_path / 'other'}", "--yes")
    assert person.scene.host.asked_with == tmp_path / "other"


def test_data_is_deleted_only_where_the_labs_name_is_given(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    with pytest.raises(LabError) as caught:
        person.gives("down", "--yes", "--delete-data=yes")
    assert str(caught.value) == ("--delete-data: yes is not the lab's name; to delete all its data give gpu-lab")
    assert len(person.scene.droplets) == 1
    person.gives("down", "--yes")
    assert person.scene.left()["volumes"] == 1
    assert person.gives("down", "--yes", "--delete-data=gpu-lab")[2].endswith("gpu-lab is gone\n")
    assert person.scene.left()["volumes"] == 0


@pytest.mark.parametrize("words", [("down",), ("down", "--delete-data=gpu-lab")], ids="-".join)
def test_a_second_down_says_that_nothing_is_there_and_is_a_success(
    person: Operator, key: str, words: tuple[str, ...]
) -> None:
    person.gives("up", key, "--yes")
    person.gives("down", "--yes", "--delete-data=gpu-lab")
    assert person.gives(*words, "--yes") == (0, "", "nothing of gpu-lab is in this account\n")
    assert person.scene.site.mutating == []
    assert person.gives("park", "--yes") == (4, "", "nothing of gpu-lab is in this account\n")


def test_who_is_stopped_half_way_is_told_what_is_there_and_billed(person: Operator, key: str) -> None:
    def interrupt(where: str) -> None:
        if where == "before install":
            raise KeyboardInterrupt

    person.scene.host.interrupt = interrupt
    with pytest.raises((click.Abort, KeyboardInterrupt)):
        person.gives("up", key, "--yes")
    err = person.capture.readouterr().err.rstrip("\n")  # click writes an empty line
    [name] = {thing.name for thing in (*person.scene.world.billed(), *person.scene.world.firewalls)}
    assert err.endswith(
        f"firewall {name} is there\nvolume {name} is there\ndroplet {name} is there\n"
        "a droplet is billed until it is gone: ./lab up goes on, ./lab park ends it, ./lab status looks"
    )


def test_an_order_whose_outcome_is_unknown_is_told_as_such(person: Operator, key: str) -> None:
    record = Record(person.scene.folder)
    assert list(operator.remains(record)) == []
    person.scene.host.interrupt = stop_at("before reach")
    with pytest.raises(BaseException, match="before reach"):
        person.gives("up", key, "--yes")
    state = json.loads((person.scene.folder / "state.json").read_text(encoding="utf-8"))
    state["things"]["droplet"]["id"] = None
    (person.scene.folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    record.read()
    assert "a droplet was asked for and may be there" in list(operator.remains(record))


def test_status_says_that_an_order_may_yet_show(person: Operator, key: str) -> None:
    person.scene.world.pace.list_lag = 60
    person.scene.host.interrupt = stop_at("before reach")
    with pytest.raises(BaseException, match="before reach"):
        person.gives("up", key, "--yes")
    state = json.loads((person.scene.folder / "state.json").read_text(encoding="utf-8"))
    state["things"]["droplet"]["id"] = None
    (person.scene.folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    [volume] = person.scene.world.volumes
    volume.attached = {}  # it would tell of the droplet at once
    status, out, err = person.gives("status")
    assert (status, out.splitlines()[0], err) == (
        1,
        "droplet: asked for, and not in the lists yet; look again in two minutes",
        "gpu-lab is not as it should be\n",
    )
    person.scene.world.clock.sleep(60)
    assert person.gives("status")[1].startswith(f"droplet {person.scene.droplets[0].name}: active")
