"""Time, so that tests can have their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is and lets it pass."""

    def now(self) -> datetime:
        """Return the time, with its zone."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let seconds pass."""
        ...


class MachineClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time, with its zone."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let seconds pass."""
        time.sleep(seconds)


class Deadline:
    """A time limit that begins now."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.now() + timedelta(seconds=seconds)

    @property
    def left(self) -> float:
        """Seconds until the end; 0 when it has passed."""
        return max(0.0, (self._end - self._clock.now()).total_seconds())

    def pause(self, seconds: float) -> bool:
        """Sleep, not beyond the end; False at once when that has passed."""
        if not (left := self.left):
            return False
        self._clock.sleep(min(seconds, left))
        return True
