"""Marked values in the place of secrets, and the search for them: in texts, in files, in arguments of programs."""

from __future__ import annotations

import base64
import gc
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, FunctionType, ModuleType, TracebackType

from pydantic import ValidationError

from ailab.secrets import TABLE, Form, SecretKey

PAUSE_SECONDS = 0.01


def canary(row: SecretKey) -> str:
    """Give a secret of the table a value that no other text contains."""
    value = f"canary-of-{row.name}-{row.key}"
    return f"sk-{value}" if row.form is Form.GATEWAY_KEY else value


CANARIES = {row: canary(row) for row in TABLE}


@dataclass(frozen=True)
class Search:
    """Looks for values as they are and as Kubernetes writes them."""

    values: tuple[str, ...]

    def in_text(self, text: str | bytes) -> list[str]:
        """List the values that a text contains."""
        content = text.encode() if isinstance(text, str) else text
        return [
            value for value in self.values if value.encode() in content or base64.b64encode(value.encode()) in content
        ]

    def in_files(self, folder: Path) -> set[str]:
        """List the files below a folder that contain any, by their paths in it."""
        files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {str(path.relative_to(folder)) for path in files if self.in_text(path.read_bytes())}

    def in_error(self, error: BaseException) -> list[str]:
        """List the values that an error holds, or one that it comes from, hidden by `from None` or not."""
        return sorted({value for text in _texts_of(error) for value in self.in_text(text)})


# What an error leads to beyond what it holds: the code that ran, and with it this process as a whole.
_BEYOND = (FrameType, FunctionType, ModuleType, TracebackType, type)


def _texts_of(error: BaseException) -> Iterator[str | bytes]:
    """Find every text that can be reached from an error: of a request that failed, an answer that is unreadable."""
    waiting: list[object] = [error]
    seen: dict[int, object] = {}  # kept, so that no number is given twice
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _BEYOND):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, str | bytes):
            yield thing
        if isinstance(thing, ValidationError):  # the garbage collector does not see into it
            waiting.append(thing.errors())
        waiting += gc.get_referents(thing)


@dataclass
class Watched:
    """Arguments of programs, with a zero byte between them.

    Attributes:
        started: of all that this process started.
        seen: of all that were seen running on this machine; one that ends at once may not be.

    """

    started: set[bytes] = field(default_factory=set)
    seen: set[bytes] = field(default_factory=set)

    @property
    def lines(self) -> set[bytes]:
        """All of them."""
        return self.started | self.seen


_WATCHING: list[Watched] = []


def _started(event: str, about: tuple[object, ...]) -> None:
    """Be told by Python itself of each program that it starts (https://docs.python.org/3/library/audit_events.html)."""
    if _WATCHING and event == "subprocess.Popen":
        words = about[1]
        line = "\0".join(map(str, words)) if isinstance(words, list | tuple) else str(words)
        for watched in _WATCHING:
            watched.started.add(line.encode())


sys.addaudithook(_started)


@contextmanager
def watched_programs() -> Iterator[Watched]:
    """Read the arguments of all programs, over and over, for the length of a `with` block."""
    seen, done = Watched(), threading.Event()

    def watch() -> None:
        while not done.wait(PAUSE_SECONDS):
            seen.seen.update(_arguments(Path("/proc").glob("[0-9]*/cmdline")))

    thread = threading.Thread(target=watch)
    thread.start()
    _WATCHING.append(seen)
    try:
        yield seen
    finally:
        _WATCHING.remove(seen)
        done.set()
        thread.join()


def _arguments(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        try:
            yield file.read_bytes()
        except OSError:
            continue  # it has ended
