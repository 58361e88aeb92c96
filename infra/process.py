"""The only door to other programs: every subprocess of this project starts here.

One place decides that a command has a time limit, that its words are a list (never a shell
line), and that a failure says which command failed and what it said last on stderr: what is
on stdout was asked for, and may be a secret.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

LAST_WORDS = 2000  # characters
Child = subprocess.Popen[bytes]
"""A running command that `start` began."""


@dataclass(frozen=True)
class Completed:
    """What a finished command left: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str


class CommandError(LabError):
    """A command ended with another status than 0, or not at all within its time."""


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
    capture: bool = True,
) -> Completed:
    """Run a command to its end.

    Args:
        argv: the program and its arguments. Secrets do not belong here: other users of the
            machine can read them. Give them by `stdin` or `env`.
        timeout: seconds until the command is killed.
        stdin: what the command reads; nothing when None.
        env: variables on top of this process's own.
        cwd: folder to run in.
        check: raise when the exit status is not 0.
        capture: keep the output; otherwise it goes where this process's own goes.

    Raises:
        CommandError: not found, not to be run, status not 0 (with `check`), or out of time. Neither it nor what it
            comes from has anything of stdout.

    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, no shell
            words,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=capture,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        failure = "program not found; install it or put it on PATH"
    except PermissionError as error:
        failure = f"cannot be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        failure = f"not finished after {timeout:g} s"
    else:
        result = Completed(
            done.returncode,
            (done.stdout or b"").decode(errors="replace"),
            (done.stderr or b"").decode(errors="replace"),
        )
        if not check or result.status == 0:
            return result
        failure = ended(result)
    # Not among the lines above: an exception keeps the one that it comes from, which has what was printed so far.
    message = f"{words[0]}: {failure}"
    raise CommandError(message)


def ended(done: Completed) -> str:
    """Say how a command has failed, with its last words on stderr."""
    last = done.stderr.strip()[-LAST_WORDS:]
    return f"ended with status {done.status}" + (f": {last}" if last else "")


def start(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    descriptors: Collection[int] = (),
) -> Child:
    """Start a long-running command in a session of its own; its output is appended to `log`.

    A session of its own, so that Ctrl-C in the terminal reaches only this program, which then
    ends its children in the right order. Of this process's open files the command gets those in
    `descriptors`, under the same numbers, and no other.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        return subprocess.Popen(  # noqa: S603 - a list of words, no shell
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
            pass_fds=tuple(descriptors),
        )


def replace(argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> None:
    """Become another program: this process ends and the command takes its place."""
    words = [str(word) for word in argv]
    os.execvpe(words[0], words, {**os.environ, **(env or {})})  # noqa: S606 - a list of words, no shell
