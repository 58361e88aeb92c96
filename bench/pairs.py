"""Time whole processes in turn: A, B, A, B, ... so that a machine that slows down slows both."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra import process

Command = Sequence[str | Path]
LONGEST_S = 600.0
# Where this is set, Python would compile every module of ours anew in each run; empty is not set.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True)
class Seconds:
    """What one run took: on the clock, and of processors, which others on the machine hardly change."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Contestant:
    """Commands that do one job together, one after the other, in `folder`."""

    name: str
    commands: Sequence[Command]
    folder: Path

    def run(self) -> Seconds:
        """Do the job once.

        Raises:
            LabError: one of the commands failed.

        """
        start, before = time.monotonic(), _processors()
        for words in self.commands:
            process.run(words, cwd=self.folder, env=BYTECODE, timeout=LONGEST_S)
        return Seconds(time.monotonic() - start, _processors() - before)


@dataclass(frozen=True)
class Times:
    """What all runs of one contestant took."""

    runs: Sequence[Seconds]

    def __str__(self) -> str:
        wall, cpu = [run.wall for run in self.runs], [run.cpu for run in self.runs]
        return f"{_middle(wall)} on the clock, {_middle(cpu)} of processors, {len(self.runs)} runs"


def in_turn(contestants: Sequence[Contestant], rounds: int) -> Mapping[str, Times]:
    """Run every contestant once unmeasured, to warm caches, then `rounds` times in turn."""
    for contestant in contestants:
        contestant.run()
    taken: dict[str, list[Seconds]] = {contestant.name: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            taken[contestant.name].append(contestant.run())
    return {name: Times(runs) for name, runs in taken.items()}


def _middle(seconds: Sequence[float]) -> str:
    """Give the middle one, which a single slow or lucky run does not move, and both ends."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


def _processors() -> float:
    """Add up what all ended children, and theirs, have used of processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
