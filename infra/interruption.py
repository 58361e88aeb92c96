"""What ends a command from outside: Ctrl-C, whoever asks it to end, and the end of its terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BY_SIGNAL: Final = 128  # a shell's status of what a signal has ended is this and the signal's number


@contextmanager
def heeded() -> Iterator[None]:
    """Let each of the signals end what is done here as Ctrl-C does in Python: what must be said or kept, is.

    The process then ends with the status that a shell gives to what the signal has ended: 130, 143 or 129. A signal
    that whoever started the process had it ignore, as `nohup` does, stays ignored.
    """
    came: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        came.append(number)
        if number != signal.SIGINT:  # the end of a terminal is told by its shell, and by the kernel once more
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    # click makes the second of the first; who writes to a terminal that is gone meets the third.
    except (KeyboardInterrupt, SystemExit, OSError):
        if came:
            sys.exit(BY_SIGNAL + came[0])
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
