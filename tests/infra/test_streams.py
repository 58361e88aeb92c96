"""What a verb does where one of its standard streams cannot be used: its work, and then it says what it can."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Completed, run

FULL = "stdout: cannot be written (No space left on device); make room, or let it lead elsewhere"
CLOSED = "stdout: cannot be written (Bad file descriptor); make room, or let it lead elsewhere"
PARKED = ["volume", "firewall", "machine"]
UNANSWERED = "Go on? Nobody answers here; --yes goes on without the question"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have a lab that runs, for each test to copy."""
    cache = tmp_path_factory.mktemp("running")
    assert _given(cache, "up --yes --no-doctor").status == 0
    return cache


def _given(cache: Path, words: str) -> Completed:
    """Give a verb of the rehearsal to a shell, which leads its streams elsewhere; the status is the verb's."""
    line = f"set -o pipefail; {sys.executable} -m tests.cloud.rehearsal {words}"
    return run(["bash", "-c", line], cwd=ROOT, env={"XDG_CACHE_HOME": str(cache)}, timeout=300, check=False)


def _there(cache: Path) -> list[str]:
    things = json.loads(_given(cache, "status --json").stdout)["things"]
    return [thing.partition(" ")[0] for thing in things]


@pytest.mark.parametrize(
    ("verb", "streams", "left"),
    [
        ("park", "2> /dev/full", PARKED),
        ("park", ">> /dev/full 2>&1", PARKED),
        ("park", "2>&1 | head --lines=2 > /dev/null", PARKED),
        ("park", "2>&-", PARKED),
        ("down", "2>&1 | true", ["volume"]),
        ("down --delete-data gpu-lab", "2> /dev/full", []),
    ],
)
def test_talk_that_cannot_be_written_hinders_no_end_of_a_bill(
    running: Path, tmp_path: Path, verb: str, streams: str, left: list[str]
) -> None:
    shutil.copytree(running, tmp_path, dirs_exist_ok=True)
    done = _given(tmp_path, f"{verb} --yes {streams}")
    assert (done.status, done.stdout, done.stderr, _there(tmp_path)) == (0, "", "", left)


@pytest.mark.parametrize(
    ("streams", "last"),
    [("> /dev/full", [FULL]), (">&-", [CLOSED]), ("| true", [])],
    ids=["a full disk", "closed", "nobody reads"],
)
def test_a_result_that_cannot_be_written_is_told_after_all_work_is_done(
    tmp_path: Path, streams: str, last: list[str]
) -> None:
    done = _given(tmp_path, f"up --yes --json {streams}")
    lines = done.stderr.splitlines()
    [runs] = (number for number, line in enumerate(lines) if line.startswith("gpu-lab runs at "))
    assert (done.status, lines[runs + 2].endswith(" arrows hold"), lines[runs + 3 :]) == (1, True, last)
    parked = _given(tmp_path, f"park --yes --json {streams}")
    told = [line for line in parked.stderr.splitlines() if line.startswith(("gpu-lab is parked; ", "stdout: "))]
    assert (parked.status, told[1:], _there(tmp_path)) == (1, last, PARKED)


def test_a_status_that_cannot_be_told_is_none(running: Path) -> None:
    done = _given(running, "status >&-")
    assert (done.status, done.stderr) == (1, f"gpu-lab runs\n{CLOSED}\n")


@pytest.mark.parametrize("word", ["--help", "policy"])
def test_what_a_verb_only_prints_is_one_line_and_status_1_where_it_cannot_be_written(word: str) -> None:
    done = run(["bash", "-c", f"{sys.executable} -m infra {word} > /dev/full"], cwd=ROOT, timeout=60, check=False)
    assert (done.status, done.stdout, done.stderr) == (1, "", f"{FULL}\n")


@pytest.mark.parametrize("streams", ["<&-", "0> /dev/null", "< /dev/null"], ids=["closed", "as nohup", "at its end"])
def test_a_question_that_cannot_be_asked_is_one_line_and_nothing_is_done(tmp_path: Path, streams: str) -> None:
    done = _given(tmp_path, f"up {streams}")
    assert (done.status, done.stdout, done.stderr.splitlines()[-1], _there(tmp_path)) == (1, "", UNANSWERED, [])


def test_a_reader_that_is_slow_loses_nothing_where_another_program_lets_nobody_wait_for_it() -> None:
    program = """\
import os, threading, time
from infra import streams
reader, writer = os.pipe()
os.set_blocking(writer, False)
os.dup2(writer, 2)
os.close(writer)
streams.hold()
from infra.console import result, say
def read():
    time.sleep(0.5)
    count = 0
    while count < 300_001:
        count += len(os.read(reader, 1 << 16))
    result(str(count))
thread = threading.Thread(target=read)
thread.start()
say("x" * 300_000)
thread.join()
"""
    done = run([sys.executable, "-c", program], cwd=ROOT, timeout=60)
    assert done.stdout == "300001\n"
