"""Signals from outside: what a command has to say or to keep, it does, and a shell knows what has ended it."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.interruption import heeded
from infra.labs import ROOT
from infra.process import start
from testnode.patience import until

SLOW = """\
import os, pathlib, time
pathlib.Path(os.environ["BEGUN"]).touch()
time.sleep(300)
"""
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Hear every signal: whoever runs these tests, `nohup` or a shell's background, may have had some ignored."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in STATUS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("program", ["infra", "tests.cloud.rehearsal"])
@pytest.mark.parametrize("number", STATUS, ids=lambda number: signal.Signals(number).name)
def test_what_comes_while_the_verbs_are_being_loaded_ends_the_command_without_a_word(
    tmp_path: Path, program: str, number: signal.Signals
) -> None:
    begun, log = tmp_path / "begun", tmp_path / "log"
    (tmp_path / "click.py").write_text(SLOW, encoding="utf-8")  # the first that is imported
    env = {"PYTHONPATH": str(tmp_path), "BEGUN": str(begun)}
    # A shell starts what runs in its background deaf to Ctrl-C, and these tests may run there.
    child = start(["env", "--default-signal", sys.executable, "-m", program, "status"], log=log, env=env, cwd=ROOT)
    try:
        until(begun.exists, 60, "click is being imported")
        os.killpg(child.pid, number)
        assert child.wait(60) == STATUS[number]
    finally:
        child.kill()
        child.wait()
    assert log.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("number", STATUS, ids=lambda number: signal.Signals(number).name)
def test_what_must_be_done_is_done_though_click_makes_its_own_end_of_it(number: signal.Signals) -> None:
    done: list[str] = []

    def work() -> None:
        try:
            _wait_for(number)
        except KeyboardInterrupt:
            done.append("kept")
            sys.exit(1)

    assert (_ended(work), done) == (STATUS[number], ["kept"])


def test_the_end_of_a_terminal_that_is_told_twice_interrupts_once() -> None:
    done: list[str] = []

    def work() -> None:
        try:
            _wait_for(signal.SIGHUP)
        finally:
            os.kill(os.getpid(), signal.SIGHUP)
            done.append("kept")

    assert (_ended(work), done) == (STATUS[signal.SIGHUP], ["kept"])


def test_what_cannot_be_said_to_a_terminal_that_is_gone_changes_no_status() -> None:
    def work() -> None:
        try:
            _wait_for(signal.SIGHUP)
        finally:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    assert _ended(work) == STATUS[signal.SIGHUP]


def test_what_fails_where_no_signal_came_is_not_hidden() -> None:
    with pytest.raises(OSError, match="Input/output error"), heeded():
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def _wait_for(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    signal.pause()


def _ended(work: Callable[[], None]) -> int | str | None:
    with pytest.raises(SystemExit) as ended, heeded():
        work()
    return ended.value.code


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heeded():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_where_no_signal_came_a_status_is_the_commands_own() -> None:
    before = [signal.getsignal(number) for number in STATUS]
    with pytest.raises(SystemExit) as ended, heeded():
        sys.exit(4)
    assert (ended.value.code, [signal.getsignal(number) for number in STATUS]) == (4, before)
