"""Time whole processes in turn: A, B, A, B, ... so that a machine that slows down slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra import process

Command = Sequence[str | Path]
LONGEST_S = 600.0


@dataclass(frozen=True)
class Contestant:
    """Commands that do one job together, one after the other, in `folder`."""

    name: str
    commands: Sequence[Command]
    folder: Path

    def run(self) -> float:
        """Do the job once; returns seconds of wall time.

        Raises:
            LabError: one of the commands failed.

        """
        start = time.monotonic()
        for words in self.commands:
            process.run(words, cwd=self.folder, timeout=LONGEST_S)
        return time.monotonic() - start


@dataclass(frozen=True)
class Times:
    """Wall times of one contestant, in seconds."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one: a single slow or lucky run does not move it."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.2f} s (of {len(self.seconds)}: {min(self.seconds):.2f} to {max(self.seconds):.2f})"


def in_turn(contestants: Sequence[Contestant], rounds: int) -> Mapping[str, Times]:
    """Run every contestant once unmeasured, to warm caches, then `rounds` times in turn."""
    for contestant in contestants:
        contestant.run()
    taken: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            taken[contestant.name].append(contestant.run())
    return {name: Times(seconds) for name, seconds in taken.items()}
