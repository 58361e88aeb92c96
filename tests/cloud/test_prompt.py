"""Between what a verb shows and what it does somebody thinks: what there is may be another then."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, NoReturn

import click
import pytest

from ailab.spec import LabSpec
from infra.changes import Changes
from infra.errors import LabError
from infra.ssh import Login, UnreachableError
from tests.cloud.fake.world import Json
from tests.cloud.person import Operator

CHANGED = "what there is has changed since it was shown, and nothing was done; give the command again"
DROPLET: Json = {"name": "another", "region": "tor1", "size": "s-2vcpu-4gb"}


def _meanwhile(change: Callable[[], object]) -> Callable[..., bool]:
    """Say yes, after something has happened."""

    def confirm(_question: str, *, err: bool) -> bool:
        assert err
        change()
        return True

    return confirm


def test_up_does_nothing_else_than_what_was_shown(person: Operator, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = person.scene.world
    monkeypatch.setattr(click, "confirm", _meanwhile(lambda: world.sizes.pop(1)))
    with pytest.raises(LabError, match=f"^{CHANGED}$"):
        person.gives("up", key)
    assert (person.scene.site.mutating, person.scene.known) == ([], False)


@pytest.mark.parametrize("number", [1, 2], ids=["the first size", "the second size"])
def test_no_size_is_ordered_at_another_price_than_was_shown(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sizes = person.scene.world.sizes
    dearer = replace(sizes[number], price=9.99)
    monkeypatch.setattr(click, "confirm", _meanwhile(lambda: sizes.__setitem__(number, dearer)))
    with pytest.raises(LabError, match=f"^{CHANGED}$"):
        person.gives("up", key)
    assert (person.scene.site.mutating, person.scene.known) == ([], False)


@pytest.mark.parametrize("verb", ["park", "down"])
def test_a_droplet_that_is_not_the_one_that_was_shown_is_not_ended(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    person.gives("up", key, "--yes")
    world = person.scene.world
    [droplet] = person.scene.droplets

    def replaced() -> None:
        world.new_droplet({**DROPLET, "name": droplet.name, "tags": droplet.tags})
        droplet.gone = world.now

    monkeypatch.setattr(click, "confirm", _meanwhile(replaced))
    with pytest.raises(LabError, match=f"^{CHANGED}$"):
        person.gives(verb)
    assert (person.scene.site.mutating, len(person.scene.droplets)) == ([], 1)


def test_what_is_as_it_was_shown_is_done(person: Operator, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "confirm", _meanwhile(lambda: person.scene.world.new_droplet(DROPLET)))
    assert person.gives("up", key)[0] == 0
    assert person.scene.left()["volumes"] == 1


def test_up_asks_for_the_operators_key_in_the_account_once(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    assert [call.path for call in person.scene.site.calls].count("/v2/account/keys") == 1


def test_where_a_firewall_alone_is_left_park_says_so_and_down_takes_it_away(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    person.gives("park", "--yes")
    person.scene.world.volumes = []
    status, _, err = person.gives("park", "--yes")
    assert (status, person.scene.site.mutating, err.splitlines()[-1]) == (
        *(0, []),
        "gpu-lab has no droplet and no volume; ./lab down takes the rest away, which costs nothing",
    )
    assert person.gives("down", "--yes")[0] == 0
    assert person.scene.left() == {"droplets": 0, "volumes": 0, "firewalls": 0, "devices": 0}


@pytest.mark.parametrize("words", [("up",), ("park",), ("down",)], ids=lambda words: words[0])
def test_where_nobody_can_answer_the_question_one_line_says_what_to_give_and_nothing_is_done(
    person: Operator, key: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if words[0] != "up":
        person.gives("up", key, "--yes")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(LabError, match=r"^Go on\? Nobody answers here; --yes goes on without the question$"):
        person.gives(*words, key)
    assert person.scene.site.mutating == []


@pytest.mark.parametrize(("answer", "made"), [("y\n", 1), ("n\n", 0)])
def test_an_answer_may_come_from_another_program(
    person: Operator, key: str, answer: str, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    with suppress(click.Abort):
        person.gives("up", key)
    assert person.scene.left()["droplets"] == made


CHANGES: Final = Changes(nixos=("flake.nix", "-a", "+b"), manifests=())
SHOWN: Final = "~ NixOS:\n    flake.nix\n    -a\n    +b\n  manifests: no change\n"


def test_up_shows_what_would_change_on_the_machine_and_changes_nothing_before_yes(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.gives("up", key, "--yes")
    done = list(person.scene.host.changes)
    person.scene.droplets[0].done.clear()  # the steps have something to do
    person = replace(person, compare=lambda _lab, _login: CHANGES)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    with pytest.raises(click.Abort):
        person.gives("up", key)
    assert (SHOWN in person.capture.readouterr().err, person.scene.host.changes) == (True, done)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert person.gives("up", key)[0] == 0
    assert person.scene.host.changes == [*done, "reach", "ship", "wait"]


def test_up_shows_what_would_change_on_the_machine_and_does_not_ask_where_it_is_told_not_to(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.gives("up", key, "--yes")
    person = replace(person, compare=lambda _lab, _login: CHANGES)
    monkeypatch.setattr(click, "confirm", _nobody)
    status, _, err = person.gives("up", key, "--yes")
    assert (status, SHOWN in err) == (0, True)


def test_up_goes_on_without_a_question_where_nothing_would_change(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.gives("up", key, "--yes")
    monkeypatch.setattr(click, "confirm", _nobody)
    status, _, err = person.gives("up", key)
    assert (status, "  NixOS: no change\n  manifests: no change\n" in err) == (0, True)


def test_up_asks_where_it_cannot_be_told_what_would_change(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_lab: LabSpec, _login: Login) -> Changes:
        message = "203.0.113.7: not reached by ssh"
        raise UnreachableError(message)

    person.gives("up", key, "--yes")
    person = replace(person, compare=silent)
    asked: list[str] = []
    monkeypatch.setattr(click, "confirm", _meanwhile(lambda: asked.append("asked")))
    assert (person.gives("up", key)[0], asked) == (0, ["asked"])


def _nobody(_question: str, *, err: bool) -> bool:
    pytest.fail(f"asked, on {'stderr' if err else 'stdout'}")


class _Terminal(io.StringIO):
    """A person's terminal, at which these keys are pressed."""

    def isatty(self) -> bool:
        return True


class _Interrupted(_Terminal):
    """A terminal at which Ctrl-C is pressed."""

    def readline(self, _size: int | None = -1, /) -> NoReturn:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "terminal",
    [
        (_Terminal("n\n"), ""),  # the person's own Enter ends the line
        (_Terminal(""), "\n"),
        (_Interrupted(), "\n"),
        (io.StringIO("n\n"), "\n"),
        (io.StringIO(""), "\n"),
    ],
    ids=["no", "Ctrl-D", "Ctrl-C", "another program's no", "nobody"],
)
@pytest.mark.parametrize("words", [("park",), ("down", "--delete-data=gpu-lab")], ids=lambda words: words[0])
def test_where_nobody_has_agreed_the_question_is_the_last_that_is_said(
    person: Operator,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    terminal: tuple[io.StringIO, str],
) -> None:
    stdin, end = terminal
    person.gives("up", key, "--yes")
    stdin.seek(0)
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises((click.Abort, LabError)):
        person.gives(*words)
    assert person.capture.readouterr().err.endswith(f"\nGo on? [y/N]: {end}")
    assert person.scene.site.mutating == []


def test_what_begins_after_another_programs_yes_begins_on_a_line_of_its_own(
    person: Operator, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert "\nGo on? [y/N]: \n    0 s  tag gpu-lab:gpu-lab\n" in person.gives("up", key)[2]
