"""`python -m bench.up`: where the time of `./lab up` goes, played against the stand-ins.

They keep their own clock, so twenty minutes take a second. How long a droplet takes is published; how long the
machine's steps take is a guess until one was rented. Nothing is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from infra.cloud.record import opened
from infra.cloud.wanted import Goal
from infra.console import result
from tests.cloud.fake.clock import VirtualClock
from tests.cloud.fake.host import SECONDS
from tests.cloud.fake.server import running
from tests.cloud.fake.world import Pace
from tests.cloud.scene import Scene

# Seconds. A droplet: DigitalOcean's "most droplets boot within a minute"
# (https://docs.digitalocean.com/products/droplets/getting-started/quickstart/); an answer of its API: a third of one.
PACE: Final = Pace(boot=60, destruction=20, detaching=5, attaching=5, list_lag=0, tag_lag=0, call=0.3)
WIDTH: Final = 60


@dataclass
class Chart:
    """What was done when, by the clock of the stand-ins."""

    clock: VirtualClock
    bars: list[tuple[str, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begin = self.clock.now()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return (self.clock.now() - self._begin).total_seconds()

    @contextmanager
    def doing(self, what: str, _seconds: float) -> Iterator[None]:
        """Note one thing."""
        begin = self.now
        yield
        self.bars.append((what, begin, self.now))

    def lines(self) -> Iterator[str]:
        """Draw the bars under each other, to scale."""
        whole = self.now
        for what, begin, end in self.bars:
            first, last = (round(time / whole * WIDTH) for time in (begin, end))
            bar = " " * first + "█" * max(1, last - first)
            yield f"{what[:38]:38} {end - begin:6.0f} s  {bar}"


def play(scene: Scene, goal: Goal, unavoidable: float) -> Iterator[str]:
    """Go one way, and say what it took beside what no program can save."""
    chart = Chart(scene.world.clock)
    scene.site.calls.clear()
    with opened(scene.folder) as record, scene.journey(record) as connected:
        journey = replace(connected, doing=chart.doing)
        prospect = journey.prospect(goal)
        if goal is Goal.RUNNING:
            journey.up(prospect)
        else:
            journey.leave(prospect)
    yield from chart.lines()
    over = chart.now - unavoidable
    yield (
        f"{chart.now:.0f} s, {len(scene.site.calls)} calls; waits for the clouds and the machine: {unavoidable:.0f} s; "
        f"on top: {over:.0f} s, {over / chart.now:.1%}"
    )


def main() -> None:
    """Play a lab's first `up`, `park`, and the `up` that resumes it."""
    machine = sum(SECONDS[step] for step in ("reach", "install", "hand_over", "ship", "wait"))
    resumed = machine - SECONDS["hand_over"]
    with running() as server, TemporaryDirectory() as folder:
        scene = Scene(server, Path(folder) / "lab", PACE)
        for title, goal, unavoidable in (
            ("up", Goal.RUNNING, PACE.boot + machine),
            ("park", Goal.PARKED, SECONDS["rest"] + PACE.destruction),
            ("up, from parked", Goal.RUNNING, PACE.boot + resumed),
        ):
            result(f"\n{title}")
            for line in play(scene, goal, unavoidable):
                result(line)


if __name__ == "__main__":
    main()
