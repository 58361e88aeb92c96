"""The three standard streams, held so that the work goes on without them: on a full disk, unread, or closed."""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# What stands in for a stream that was closed. A standard input is at its end, a standard output refuses what it is
# given, as what is open for reading alone does, and talk leads nowhere.
_STAND_INS: Final = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)

_refused: Final[list[OSError]] = []


def hold() -> None:
    """Take the streams over, before anything else opens a file, which would get the number of one that is closed.

    From then on writing raises no `OSError`: from the first time that a stream takes nothing it leads nowhere.
    """
    given = (sys.stdin, sys.stdout, sys.stderr)
    for number, stream in enumerate(given):
        if stream is None:
            _lead_nowhere(number, _STAND_INS[number])
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = _held(1, given[1], _refused)
    sys.stderr = _held(2, given[2], [])
    sys.stderr.reconfigure(line_buffering=True)


def refused() -> OSError | None:
    """Say why standard output did not take all that it was given; None where it did."""
    return next(iter(_refused), None)


class _Writer(io.FileIO):
    """A descriptor that is written until it takes nothing, and leads nowhere from then on."""

    def __init__(self, number: int, refused: list[OSError]) -> None:
        super().__init__(number, "w", closefd=False)
        self._refused = refused

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            while (written := super().write(data)) is None:  # another program made it one that does not wait
                select.select((), (self,), ())
        except OSError as error:
            self._refused.append(error)
            # At its end Python writes what is left once more, and programs that are started may write here, too.
            _lead_nowhere(self.fileno(), os.O_WRONLY)
            return len(memoryview(data).cast("B"))
        return written


def _held(number: int, given: TextIO | None, refused: list[OSError]) -> io.TextIOWrapper:
    writer = io.BufferedWriter(_Writer(number, refused))
    encoding, errors = (given.encoding, given.errors) if given else ("utf-8", "backslashreplace")
    return io.TextIOWrapper(writer, encoding, errors, line_buffering=writer.isatty())


def _lead_nowhere(number: int, flags: int) -> None:
    nowhere = os.open(os.devnull, flags)
    if nowhere == number:
        os.set_inheritable(number, True)  # noqa: FBT003 - of the library
        return
    os.dup2(nowhere, number)
    os.close(nowhere)
