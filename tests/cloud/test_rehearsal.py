"""The commands of the README by which a new owner tries the verbs without an account, as processes of their own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from infra.labs import ROOT
from infra.process import Completed, run
from tests.readme import TEXT

COMMANDS = re.findall(r"^\.venv/bin/python (-m tests\.cloud\.rehearsal .*)$", TEXT, re.MULTILINE)
LAST = [
    r"[█▓▒·░]+",
    r"\d+ arrows hold",
    "gpu-lab runs",
    r"gpu-lab is parked; its volume is billed, \$20\.00 a month, and \./lab up resumes",
    r"\d+ arrows hold",
    "gpu-lab is gone",
]


def _given(command: str, cache: Path) -> Completed:
    words = [sys.executable, *command.split()]
    return run(words, cwd=ROOT, env={"XDG_CACHE_HOME": str(cache)}, timeout=300, check=False)


def test_the_commands_of_the_page_lead_through_a_labs_life_one_after_the_other(tmp_path: Path) -> None:
    done = [_given(command, tmp_path) for command in COMMANDS]
    assert [each.status for each in done] == [0] * len(LAST)
    ends = [each.stderr.splitlines()[-1] for each in done]
    assert [end for end, wanted in zip(ends, LAST, strict=True) if not re.fullmatch(wanted, end)] == []
    there = done[2].stdout.splitlines()
    assert [line.partition(" ")[0] for line in there] == ["droplet", "volume", "firewall", "machine"]
    assert done[4].stderr.startswith("+ droplet: gpu-")


def test_a_mistake_is_one_line_in_the_rehearsal_too(tmp_path: Path) -> None:
    done = _given("-m tests.cloud.rehearsal down --yes --delete-data other", tmp_path)
    line = "--delete-data: other is not the lab's name; to delete all its data give gpu-lab\n"
    assert (done.status, done.stdout, done.stderr) == (1, "", line)


def test_verbs_that_need_a_machine_are_refused(tmp_path: Path) -> None:
    done = _given("-m tests.cloud.rehearsal ssh", tmp_path)
    assert (done.status, done.stderr.startswith("rehearsal: give one of plan, up, ")) == (2, True)
    assert list(tmp_path.iterdir()) == []
