"""`python -m bench.up`: where the time of `./lab up` goes, played against the stand-ins.

They keep their own clock, so twenty minutes take a second. How long a droplet takes is published; how long the
machine's steps take is a guess until one was rented. What comes on top of the waits is
bounded by tests/cloud/test_up.py.
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
MACHINE: Final = ("reach", "install", "hand_over", "ship", "wait")


@dataclass
class Chart:
    """What was done when, by the clock of the stand-ins.

    Attributes:
        clock: theirs.
        unavoidable: seconds that no program can save: what the clouds and the machine take one after the other.
        bars: each thing that was done, and the seconds from the beginning to its own beginning and end.
        seconds: from the beginning to the end of all.

    """

    clock: VirtualClock
    unavoidable: float
    bars: list[tuple[str, float, float]] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._begin = self.clock.now()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return (self.clock.now() - self._begin).total_seconds()

    @property
    def overhead(self) -> float:
        """What the program itself took, as a part of all."""
        return (self.seconds - self.unavoidable) / self.seconds

    @contextmanager
    def doing(self, what: str, _seconds: float) -> Iterator[None]:
        """Note one thing."""
        begin = self.now
        yield
        self.bars.append((what, begin, self.now))

    def lines(self) -> Iterator[str]:
        """Draw the bars under each other, to scale."""
        for what, begin, end in self.bars:
            first, last = (round(time / self.seconds * WIDTH) for time in (begin, end))
            bar = " " * first + "█" * max(1, last - first)
            yield f"{what[:38]:38} {end - begin:6.0f} s  {bar}"


def play(scene: Scene, goal: Goal) -> Chart:
    """Go one way, as fast as the world of the scene is."""
    pace = scene.world.pace
    machine = [step for step in MACHINE if step != "hand_over" or not scene.world.devices]
    waits = [SECONDS[step] for step in machine]
    unavoidable = pace.boot + sum(waits) if goal is Goal.RUNNING else SECONDS["rest"] + pace.destruction
    chart = Chart(scene.world.clock, unavoidable)
    scene.site.calls.clear()
    with opened(scene.folder) as record, scene.journey(record) as connected:
        journey = replace(connected, doing=chart.doing)
        prospect = journey.prospect(goal)
        if goal is Goal.RUNNING:
            journey.up(prospect)
        else:
            journey.leave(prospect)
    chart.seconds = chart.now
    return chart


def main() -> None:
    """Play a lab's first `up`, `park`, and the `up` that resumes it."""
    with running() as server, TemporaryDirectory() as folder:
        scene = Scene(server, Path(folder) / "lab", PACE)
        for title, goal in (("up", Goal.RUNNING), ("park", Goal.PARKED), ("up, from parked", Goal.RUNNING)):
            result(f"\n{title}")
            chart = play(scene, goal)
            for line in chart.lines():
                result(line)
            waits = f"waits for the clouds and the machine: {chart.unavoidable:.0f} s"
            result(f"{chart.seconds:.0f} s, {len(scene.site.calls)} calls; {waits}; on top: {chart.overhead:.1%}")


if __name__ == "__main__":
    main()
