"""`./lab plan`: one screen that shows what `./lab up` would do, and changes nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from ailab.spec import LabSpec
from infra.changes import Changes
from infra.errors import LabError
from infra.ssh import Login, StrangerError, UnreachableError
from tests.cloud.fake.world import Size
from tests.cloud.person import Operator

PRICE = (
    "gpu-l40sx1-48gb: $1.57 an hour, $1,168 a month; with the volume $1,198 a month. While parked the volume alone is "
    "billed: $30.00 a month.\n"
)
OTHER_PRICE = (
    "Where DigitalOcean has none left of that when it is ordered: gpu-6000adax1-48gb: $1.57 an hour, $1,168 a month.\n"
)

SCREEN = 40  # lines


def test_plan_shows_what_up_would_do_and_does_nothing(person: Operator, key: str) -> None:
    status, out, err = person.gives("plan", key)
    assert (status, out, person.scene.site.mutating) == (0, "", [])
    assert err.partition("L40S")[0] == (
        "+ tag gpu-lab:gpu-lab\n"
        "+ tag gpu-lab-uid\n"
        "+ firewall: 22/tcp from anywhere, everything out\n"
        "+ volume: 300 GiB in tor1\n"
        "+ droplet: gpu-l40sx1-48gb in tor1\n"
        "  then, as far as the machine does not have it: NixOS, its place in the tailnet, secrets, manifests; wait "
        "until all parts are available\n"
        f"{PRICE}{OTHER_PRICE}"
        "It takes an estimated 23 min.\n"
    )
    assert re.search(r"^llama3\.1 +4\.\d ", err, re.MULTILINE)
    assert err.splitlines()[-2].startswith("L40S, 44.4 GiB: ")


def test_the_time_of_a_first_installation_is_told_of_no_other(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    running = person.gives("plan", key)[2]
    parks = person.gives("park", "--yes")[2]
    resumes = person.gives("plan", key)[2]
    assert ["estimated" in said for said in (running, parks, resumes)] == [False, True, False]
    assert "It takes an estimated 2 min.\n" in parks


def test_plan_says_what_must_stay_free_of_the_gpu_as_the_verb_for_it_does(person: Operator, key: str) -> None:
    file = person.scene.file
    second = 'ollama.models = [{ alias = "second", tag = "llama3.1:8b" }, '
    file.write_text(file.read_text().replace("ollama.models = [", second), encoding="utf-8")
    told = [line for line in person.gives("gpu")[2].splitlines() if "must stay free" in line]
    assert len(told) == 1
    assert told[0] in person.gives("plan", key)[2].splitlines()


def test_plan_compares_a_machine_that_runs_with_what_up_would_bring_and_is_one_screen(
    person: Operator, key: str
) -> None:
    asked: list[Login] = []
    long = Changes(nixos=("flake.nix", "-a", "+b"), manifests=tuple(f"+{number}" for number in range(1000)))

    def compared(_lab: LabSpec, login: Login) -> Changes:
        asked.append(login)
        return long

    person = replace(person, compare=compared)
    person.gives("plan", key)
    assert asked == []
    person.gives("up", key, "--yes")
    status, out, err = person.gives("plan", key)
    assert (status, out, person.scene.site.mutating) == (0, "", [])
    assert [login.address for login in asked] == [person.scene.droplets[0].address]
    shown = "".join(f"    +{number}\n" for number in range(8))
    assert "~ NixOS:\n    flake.nix\n    -a\n    +b\n" in err
    assert f"~ manifests:\n{shown}    992 lines more; ./lab plan --json has all\n" in err
    assert len(err.splitlines()) <= SCREEN
    content = json.loads(person.gives("plan", key, "--json")[1])
    assert (content["nixos"], content["manifests"]) == (list(long.nixos), list(long.manifests))


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (UnreachableError("203.0.113.7: not reached by ssh"), "203.0.113.7: not reached by ssh"),
        (StrangerError("another host key"), "the lab's NixOS does not run there yet"),
    ],
    ids=["silent", "not installed"],
)
def test_plan_says_why_a_machine_cannot_be_compared_and_shows_all_else(
    person: Operator, key: str, refusal: LabError, why: str
) -> None:
    def refuse(*_asked: object) -> Changes:
        raise refusal

    person = replace(person, compare=refuse)
    person.gives("up", key, "--yes")
    status, _, err = person.gives("plan", key)
    first, second, *_ = err.splitlines()
    assert (status, first) == (0, f"What would change on the machine cannot be told: {why}")
    assert second == "DigitalOcean and the tailnet have all that the lab wants."


def test_plan_prints_the_same_for_programs(person: Operator, key: str) -> None:
    status, out, err = person.gives("plan", key, "--json")
    content = json.loads(out)
    assert (status, err) == (0, "")
    assert [action["sign"] for action in content.pop("actions")] == ["+"] * 5
    assert content == {
        "lab": "gpu-lab",
        "goal": "running",
        "droplet": {"size": "gpu-l40sx1-48gb", "price_hourly": 1.57, "price_monthly": 1168.08},
        "otherwise": [{"size": "gpu-6000adax1-48gb", "price_hourly": 1.57, "price_monthly": 1168.08}],
        "volume": {"price_monthly": 30.0},
    }


def test_each_size_that_may_be_ordered_is_shown_at_its_own_price_and_no_other(person: Operator, key: str) -> None:
    person.scene.world.sizes = [
        Size("gpu-l40sx1-48gb", 1.57, ("tor1",)),
        Size("gpu-6000adax1-48gb", 1.89, ("tor1",)),
        Size("gpu-h100x1-80gb", 4.41, ("tor1",)),
    ]
    prices = ["gpu-l40sx1-48gb: $1.57", "gpu-6000adax1-48gb: $1.89", "gpu-h100x1-80gb: $4.41"]
    err = person.gives("plan", key)[2]
    assert [price in err for price in prices] == [True, True, False]
    person.scene.world.sizes[1] = Size("gpu-6000adax1-48gb", 1.89, ("nyc2",))  # it would not be ordered
    err = person.gives("plan", key)[2]
    assert [price in err for price in prices] == [True, False, False]
    person.gives("up", key, "--yes")
    assert "Where DigitalOcean" not in person.gives("plan", key)[2]


def test_what_was_ordered_instead_is_reported_at_its_own_price(person: Operator, key: str) -> None:
    person.scene.world.sizes[2] = Size("gpu-6000adax1-48gb", 1.89, ("tor1",))
    person.scene.world.sold_out = {"gpu-l40sx1-48gb"}
    droplet = json.loads(person.gives("up", key, "--yes", "--json")[1])["droplet"]
    assert (droplet["size"], droplet["price_hourly"]) == ("gpu-6000adax1-48gb", 1.89)


def test_plan_says_which_size_of_the_file_is_passed_over_and_why(person: Operator, key: str) -> None:
    text = person.scene.file.read_text(encoding="utf-8")
    misspelt = text.replace('["gpu-l40sx1-48gb", ', '["gpu-l40sx1-48g", ')
    person.scene.file.write_text(misspelt, encoding="utf-8")
    _, _, err = person.gives("plan", key)
    assert [line for line in err.splitlines() if line.startswith("Not to be had")] == [
        "Not to be had: gpu-l40sx1-48g: this account may not have it, or there is no such size."
    ]
