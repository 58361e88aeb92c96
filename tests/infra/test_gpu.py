"""What `./lab gpu` shows, and the picture and the table of the documents."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import infra.labs
from ailab.memory import CARDS, CardName
from ailab.spec import LabSpec
from infra.cli import lab
from infra.documents.memory_drawing import SCALE, svg
from infra.errors import LabError
from infra.gpu import WIDTH, bar, table
from infra.memory_slices import Kind, Slice, cards, slices, verdict, what_if

REVISION = "6e8885a6ff5c1dc5201574c8fd700323f23c25fa"
LAB = f"""\
name = "small"
tailnet = "example"
[[ollama.models]]
alias = "llama3.1"
tag = "llama3.1:8b"
[[vllm]]
alias = "r1"
model = "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"
revision = "{REVISION}"
"""
SPEC = LabSpec.model_validate(
    {
        "name": "small",
        "tailnet": "example",
        "ollama": {"models": [{"alias": "llama3.1", "tag": "llama3.1:8b"}]},
        "vllm": [{"alias": "r1", "model": "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "revision": REVISION}],
    }
)


@pytest.fixture
def labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "small.toml").write_text(LAB, encoding="utf-8")
    return tmp_path


def _shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    lab.main(["gpu", *words], standalone_mode=False)
    return capsys.readouterr().err


@pytest.mark.usefixtures("labs")
def test_it_shows_the_labs_own_card_and_those_that_can_be_rented(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _shown(capsys)
    bars = [line.partition(",")[0] for line in shown.splitlines() if " GiB: " in line]
    assert bars == ["L40S", "RTX 4000 Ada", "RTX 6000 Ada", "H100", "H200", "B300"]
    [row] = [line.split() for line in shown.splitlines() if line.split()[:1] == ["r1"]]
    share = SPEC.memory.vllm[0]
    assert row[1:] == ["15.3", f"{share.parts.cache:.1f}", "0.5", "0.7", "0.6", f"{share.takes:.1f}", "146,720", "4.5"]


def test_it_says_what_stays_free_for_ollamas_own_rule(labs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "stay free" not in _shown(capsys)
    second = '[[ollama.models]]\nalias = "second"\ntag = "llama3.1:8b"\n'
    (labs / "small.toml").write_text(LAB + second, encoding="utf-8")
    spare = "1.2 GiB must stay free: with less Ollama, by a rule of its own, would hold fewer than 2 models"
    assert spare in _shown(capsys)


@pytest.mark.parametrize("card", [name for name in CardName if what_if(SPEC, card=name).fits])
def test_what_is_taken_and_what_is_left_of_a_card_add_up(card: CardName) -> None:
    title = str(table(what_if(SPEC, card=card)).title)
    found = re.fullmatch(r".+: (\S+) of (\S+) GiB; (\S+) free, (\S+) margin", title)
    assert found is not None
    takes, whole, *rest = map(Decimal, found.groups())
    assert (takes + sum(rest), min(rest) >= 0) == (whole, True)


def test_of_a_card_that_is_too_small_nothing_is_said_to_be_left() -> None:
    assert str(table(what_if(SPEC, card=CardName.RTX_4000_ADA)).title) == "RTX 4000 Ada: 27.8 of 19.6 GiB"


@pytest.mark.usefixtures("labs")
def test_another_card_and_context_are_answered_without_changing_the_lab(capsys: pytest.CaptureFixture[str]) -> None:
    before = _shown(capsys)
    shown = _shown(capsys, "--card", "h100", "--context", "65536")
    assert [line.partition(",")[0] for line in shown.splitlines() if " GiB: " in line] == ["H100"]
    assert "65,536" in shown
    assert _shown(capsys) == before


@pytest.mark.usefixtures("labs")
def test_what_does_not_fit_is_shown_and_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LabError, match=r"RTX 4000 Ada: does not fit: 8\.7 GiB too few"):
        _shown(capsys, "--card", "rtx-4000-ada")
    assert "r1" in capsys.readouterr().err


def test_a_lab_without_a_gpu_has_nothing_to_show(labs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (labs / "small.toml").write_text(LAB.partition("[[vllm]]")[0] + "[ollama]\ngpu = false\n", encoding="utf-8")
    with pytest.raises(LabError, match="small uses no GPU"):
        _shown(capsys)


def test_no_model_gets_a_longer_context_than_it_can() -> None:
    plan = what_if(SPEC, context=1_000_000)
    assert plan.vllm[0].engine.context == 131072


def test_a_card_of_another_size_takes_the_place_of_the_owners_memory() -> None:
    own = SPEC.model_copy(update={"gpu": SPEC.gpu.model_copy(update={"memory": 60.0})})
    assert [*cards(own)] == [
        None,
        CardName.RTX_4000_ADA,
        CardName.L40S,
        CardName.RTX_6000_ADA,
        CardName.H100,
        CardName.H200,
        CardName.B300,
    ]
    assert what_if(own).card.memory == 60.0
    assert what_if(own, card=CardName.H100).card == CARDS[CardName.H100]


def test_the_slices_of_a_card_that_fits_make_the_whole_card() -> None:
    parts = [*slices(SPEC.memory)]
    assert sum(part.size for part in parts) == pytest.approx(SPEC.memory.card.memory)
    assert [(part.name, part.kind) for part in parts] == [
        ("r1", Kind.WEIGHTS),
        ("r1", Kind.CACHE),
        ("r1", Kind.WORK),
        ("llama3.1", Kind.WEIGHTS),
        ("llama3.1", Kind.CACHE),
        ("llama3.1", Kind.WORK),
        ("", Kind.FREE),
        ("", Kind.MARGIN),
    ]


def test_a_bar_is_as_long_as_its_card_and_longer_where_the_models_do_not_fit() -> None:
    fits = bar(what_if(SPEC, card=CardName.H100)).plain.splitlines()[1]
    assert len(fits) == WIDTH
    assert "|" not in fits
    beyond = bar(what_if(SPEC, card=CardName.RTX_4000_ADA)).plain.splitlines()[1]
    assert beyond.index("|") == WIDTH
    assert len(beyond) > WIDTH + 1


def test_a_share_that_is_too_small_is_told_by_its_server() -> None:
    server = SPEC.vllm[0].model_copy(update={"gpu_memory_share": 0.4})
    assert verdict(what_if(SPEC.model_copy(update={"vllm": (server,)}))) == "too small a share for one text: r1"


def test_the_picture_has_a_bar_for_each_plan_and_a_slice_for_each_part() -> None:
    plans = [what_if(SPEC, card=card) for card in (CardName.L40S, CardName.H100)]
    tree = ET.fromstring(svg(plans))  # noqa: S314 - of this project
    space = "{http://www.w3.org/2000/svg}"
    drawn = [item for item in tree.iter(f"{space}rect") if item.find(f"{space}title") is not None]
    expected: list[Slice] = [part for plan in plans for part in slices(plan)]
    assert [float(item.get("width", "0")) for item in drawn] == pytest.approx(
        [part.size * SCALE for part in expected], abs=0.1
    )
    titles = [str(item.text) for item in tree.iter(f"{space}text")]
    assert [title.partition(",")[0] for title in titles if " GiB: " in title] == ["L40S", "H100"]
