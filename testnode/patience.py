"""Waiting for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

from infra.errors import LabError

PAUSE_S = 0.1


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as the condition holds.

    Raises:
        LabError: it did not hold within the time.

    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"{what}: not after {seconds:g} s"
            raise LabError(message)
        time.sleep(PAUSE_S)
