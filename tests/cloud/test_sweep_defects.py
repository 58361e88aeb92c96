"""The sweep finds what it is for: each guard of `infra` taken away makes one of its cases go wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from infra.cloud.account import DigitalOceanAccount
from infra.cloud.execution import Executor
from infra.cloud.journey import Journey
from infra.cloud.observation import Observer
from infra.cloud.record import Record
from tests.cloud.fake.host import FakeHost
from tests.cloud.fake.server import Fault, Server
from tests.cloud.sweep import PACES, WAYS, Sweep


def _intents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Record, "intend", lambda *_words: None)


def _waiting_for_lists(patch: pytest.MonkeyPatch) -> None:
    hasty = property(lambda self: Observer(self.cloud, self.tailnet, self.record, self.clock, 0.0))
    patch.setattr(Journey, "_observer", hasty)


def _both_ways_to_a_droplet(patch: pytest.MonkeyPatch) -> None:
    find = Observer._find  # noqa: SLF001 - what is taken away is what its volume tells
    patch.setattr(DigitalOceanAccount, "droplets", lambda *_words: ())
    patch.setattr(Observer, "_find", lambda self, *words, **_hints: find(self, *words))


def _going_by_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Observer, "_is_ours", lambda self, thing: self._identity.owns(thing.tags))


def _the_identity_on_the_disk(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Record, "keep", lambda _self: None)


def _waiting_for_the_volume(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Executor, "_free", lambda *_words: None)


def _the_end_that_was_asked_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Record, "doom", lambda *_words: None)


def _the_rest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FakeHost, "rest", lambda *_words: None)


GUARDS: Final = (
    (_intents, "up"),
    (_waiting_for_lists, "up"),
    (_both_ways_to_a_droplet, "up"),
    (_going_by_names, "up"),
    (_the_identity_on_the_disk, "up"),
    (_waiting_for_the_volume, "resume"),
    (_the_end_that_was_asked_for, "erase"),
    (_the_end_that_was_asked_for, "park cut, then up"),
    (_the_rest, "park"),
)


@pytest.mark.parametrize(("take_away", "way"), GUARDS, ids=lambda value: getattr(value, "__name__", "").strip("_"))
def test_a_guard_that_is_taken_away_is_missed(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    take_away: Callable[[pytest.MonkeyPatch], None],
    way: str,
) -> None:
    sweep = Sweep(server, tmp_path, WAYS[way], PACES["lagging"])
    cases = [case for case in sweep.deadly_cases() if case.fault is Fault.CUT_AFTER]
    take_away(monkeypatch)
    assert [fault for number, case in enumerate(cases, 1) for fault in sweep.wrong(number, case)] != []
