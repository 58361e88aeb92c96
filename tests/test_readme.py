"""What the README shows is what happens. Its commands for a cluster run in tests/cluster/test_readme.py."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from ailab.spec import SpecError, load
from infra.cli import lab
from infra.labs import ROOT
from tests.readme import TEXT, blocks, commands

PLACEHOLDERS = {"NAME"}


def _lab(folder: Path) -> Path:
    file = folder / "labs" / "small.toml"
    file.parent.mkdir()
    file.write_text(blocks("toml")[0], encoding="utf-8")
    return file


def test_the_lab_of_the_page_is_a_whole_one(tmp_path: Path) -> None:
    assert load(_lab(tmp_path)).name == "small"


def test_the_mistake_of_the_page_is_answered_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _lab(tmp_path)
    file.write_text(
        file.read_text(encoding="utf-8").replace("llama3.1:8b-instruct-q4_K_M", "llama3.1"), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        load(file.relative_to(tmp_path))
    assert blocks("text") == [f"{caught.value}\n"]


def test_every_command_of_the_page_is_one_of_the_program() -> None:
    assert len(commands()) >= 8
    for command in commands():
        words = [word for word in shlex.split(command)[1:] if word not in PLACEHOLDERS]
        current: click.Command = lab
        context = click.Context(lab)
        while isinstance(current, click.Group) and words:
            name = words.pop(0)
            found = current.get_command(context, name)
            assert found is not None, command
            current = found
        known = {option for parameter in current.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known, command


def test_every_page_that_the_readme_names_is_there() -> None:
    names = {part.partition(")")[0] for part in TEXT.split("](")[1:]}
    assert {name for name in names if "://" not in name and not (ROOT / name).exists()} == set()
