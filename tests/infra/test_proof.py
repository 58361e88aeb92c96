"""docs/proof.md: every box and arrow of the architecture is in it, with what shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.documents import architecture, proof
from infra.documents.proof import Proof, faults, proofs
from infra.documents.unproven import Unproven
from infra.labs import ROOT

SHOWN = Proof(3, "tests/test_chat.py", "test_a_chat_streams", ("chat", "chat -> model"))
MARKED = """\
import pytest

pytestmark = {of_all}

{own}
def test_a_chat_streams() -> None: ...
"""
GAP = Unproven("a GPU", "a processor", ("gpu",))


def test_every_box_and_every_arrow_has_a_test_or_is_named_as_unproven() -> None:
    names = (*architecture.boxes(), *architecture.arrows())
    assert list(faults(names, proofs(ROOT / "tests"))) == []
    assert len(names) == len(set(names))


def test_what_has_neither_a_test_nor_a_gap_is_found() -> None:
    assert list(faults(("chat", "chat -> model", "gpu", "search"), (SHOWN,), (GAP,))) == [
        "search: no test shows it, and no gap names it"
    ]


def test_a_mark_that_names_nothing_is_found() -> None:
    assert list(faults(("chat", "gpu"), (SHOWN,), (GAP,))) == [
        'tests/test_chat.py: test_a_chat_streams names "chat -> model", which is no box and no arrow'
    ]


def test_a_gap_that_names_nothing_is_found() -> None:
    assert list(faults(("chat", "chat -> model"), (SHOWN,), (GAP,))) == [
        'gap: a GPU names "gpu", which is no box and no arrow'
    ]


@pytest.mark.parametrize(
    ("of_all", "own", "long"),
    [
        ("pytest.mark.proves(3)", "", False),
        ("pytest.mark.proves(3)", "@pytest.mark.long", True),
        ("[pytest.mark.proves(3), pytest.mark.long]", "", True),
        ("pytest.mark.long", "@pytest.mark.proves(3)", True),
        ("pytest.mark.proves(3)", '@pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.long)])', False),
    ],
)
def test_what_only_the_long_tier_shows_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_all: str, own: str, *, long: bool
) -> None:
    (tmp_path / "test_chat.py").write_text(MARKED.format(of_all=of_all, own=own), encoding="utf-8")
    monkeypatch.setattr(proof, "ROOT", tmp_path)
    [found] = proofs(tmp_path)
    assert found == Proof(3, "test_chat.py", "test_a_chat_streams", long=long)
    assert found.sentence == "a chat streams ([test_chat.py](../test_chat.py))" + (", `--long`" if long else "")
