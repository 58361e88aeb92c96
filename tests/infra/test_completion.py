"""What a shell completes after `./lab`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest

import infra.labs
from infra import cli
from infra.labs import ROOT
from infra.process import run
from tests.readme import TEXT

# What bash does when somebody presses the tabulator: the function of `complete`, with the words so far.
TABULATOR = """
{line}
complete -p ./lab
COMP_WORDS=({words}) COMP_CWORD={place}
_lab_completion ./lab
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def _completed(folder: Path, *words: str) -> list[str]:
    """Press the tabulator after the last word in a bash that has read the README's line; say what it offers."""
    program = folder / "lab"
    program.write_text(f"#!/bin/sh\ncd '{ROOT}'\nexec '{sys.executable}' -m infra \"$@\"\n", encoding="utf-8")
    program.chmod(0o755)
    [line] = re.findall(r'`(eval "\$\(_LAB_COMPLETE=[^`]*)`', TEXT)
    script = TABULATOR.format(line=line, words=" ".join(["./lab", *words]), place=len(words))
    known, *offered = run(["bash", "-c", script], cwd=folder, timeout=120).stdout.splitlines()
    assert known == "complete -o nosort -F _lab_completion ./lab"
    return offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("pl",), ["plan"]),
        (("d",), [verb for verb in cli.VERBS if verb.startswith("d")]),
        (("up", "--lab", "gpu"), [name for name in infra.labs.lab_names() if name.startswith("gpu")]),
        (("up", "--no"), ["--no-doctor"]),
        (("sinth",), [""]),
    ],
    ids=" ".join,
)
def test_bash_completes_verbs_options_and_the_names_of_labs(
    tmp_path: Path, words: tuple[str, ...], offered: list[str]
) -> None:
    assert _completed(tmp_path, *words) == offered


@pytest.mark.parametrize("verb", cli.VERBS)
def test_whoever_takes_a_lab_completes_its_name(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "other", "third"):
        (tmp_path / f"{name}.toml").touch()
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    command = cli.lab.get_command(click.Context(cli.lab), verb)
    assert command is not None
    options = [option for option in command.params if "--lab" in option.opts]
    offered = [[item.value for item in option.shell_complete(click.Context(command), "o")] for option in options]
    assert offered == [["one", "other"]] * len(options)
