"""A clock that passes only when somebody waits."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Time for a test: an hour takes no time.

    Attributes:
        share: seconds of the real time that each of its own takes.

    """

    share: float = 0.0

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        if self.share:
            time.sleep(seconds * self.share)
        self._now += timedelta(seconds=seconds)
