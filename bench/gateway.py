"""`python -m bench.gateway`: what the gateway costs between a program and an engine.

Needs a lab that `python -m tests.cluster.start` keeps. The same engine answers on four ways in turn, so that a machine
that slows down slows all of them. Prints a table as docs/decisions show it; nothing is asserted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import click

from bench.kept_lab import kept_lab
from bench.ways import MODEL, Way, ways
from infra.console import result, say
from tests.cluster.gateway_chat import stream

COLUMNS = ("way", "first word, p50", "p99", "whole answer, p50", "p99", "tokens/s", "processors an answer", "memory")


@dataclass(frozen=True)
class Seconds:
    """What one streamed answer took: until its first word, and until its end."""

    first: float
    whole: float
    tokens: int


@dataclass
class Taken:
    """What one way took in all of its turns, in seconds; `processors` are those of the gateway on it."""

    runs: list[Seconds] = field(default_factory=list)
    elapsed: float = 0.0
    processors: float = 0.0
    memory: int = 0

    def cells(self, name: str, direct: Taken) -> Sequence[str]:
        """Write a row of the table; what comes on top of the way without a gateway stands in brackets."""
        times = [
            f"{here * 1000:.0f} ms" + ("" if self is direct else f" ({(here - there) * 1000:+.0f})")
            for here, there in zip(self.quantiles(), direct.quantiles(), strict=True)
        ]
        tokens = sum(run.tokens for run in self.runs) / self.elapsed
        work = f"{self.processors / len(self.runs) * 1000:.0f} ms" if self.memory else ""
        return (name, *times, f"{tokens:.0f}", work, f"{self.memory} MiB" if self.memory else "")

    def quantiles(self) -> Sequence[float]:
        """Give what half and 99 of 100 answers needed at most, for the first word and for all."""
        both = [run.first for run in self.runs], [run.whole for run in self.runs]
        cuts = (statistics.quantiles(values, n=100, method="inclusive") for values in both)
        return [cut[percent - 1] for cut in cuts for percent in (50, 99)]


def ask(way: Way) -> Seconds:
    """Ask once for an answer, streamed."""
    start = time.monotonic()
    found = stream(way.client, MODEL, "Why are there tides?")
    return Seconds(found.seconds, time.monotonic() - start, found.usage["completion_tokens"])


def take_turn(way: Way, taken: Taken, requests: int, threads: ThreadPoolExecutor) -> None:
    """Ask so many times on one way."""
    before = way.used() if way.used else None
    start = time.monotonic()
    taken.runs += threads.map(ask, [way] * requests)
    taken.elapsed += time.monotonic() - start
    if way.used and before:
        after = way.used()
        taken.processors += after.processors - before.processors
        taken.memory = max(taken.memory, after.memory)


@click.command()
@click.option("--rounds", default=10, show_default=True, help="How often each way has its turn.")
@click.option("--at-once", default=1, show_default=True, help="Requests that wait for their answers at any moment.")
@click.option("--turn", default=20, show_default=True, help="Requests in one turn.")
def main(rounds: int, at_once: int, turn: int) -> None:
    """Compare the ways."""
    with kept_lab() as lab, ways(lab) as all_ways, ThreadPoolExecutor(at_once) as threads:
        taken = {way.name: Taken() for way in all_ways}
        for way in all_ways:
            take_turn(way, Taken(), at_once, threads)  # connections and caches
        for number in range(rounds):
            for way in all_ways:
                take_turn(way, taken[way.name], turn, threads)
            say(f"round {number + 1} of {rounds}; load {os.getloadavg()[0]:.0f}")
    direct = taken[all_ways[0].name]
    for cells in (COLUMNS, ["---"] * len(COLUMNS), *(each.cells(name, direct) for name, each in taken.items())):
        result(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
