"""The crash sweep: a way goes wrong at one place, is gone again, and must end as if nothing had been.

A case is a way (`up` from nothing, `park` of a running lab, ...), one of its calls or steps, what goes wrong there, and
whether it goes on to go wrong until the process ends.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.api import Patience
from infra.cloud.wanted import Goal
from infra.errors import LabError
from tests.cloud.fake.server import Fault, Faults, Server, Site
from tests.cloud.fake.world import Pace, World
from tests.cloud.scene import NEVER, PATIENT, KilledError, Scene, stop_at

# A machine that is busy answers late: with so little time some answers come too late, which is one more fault.
IN_A_HURRY: Final = Patience(read=0.3, attempts=2)


@dataclass(frozen=True)
class Way:
    """From where to where: what was done before, what is done now, and what after it went wrong: else the same."""

    before: tuple[Goal, ...]
    goal: Goal
    then: Goal | None = None

    @property
    def end(self) -> Goal:
        """Where it ends, whatever goes wrong."""
        return self.then or self.goal


WAYS: Final = {
    "up": Way((), Goal.RUNNING),
    "up again": Way((Goal.RUNNING,), Goal.RUNNING),
    "resume": Way((Goal.RUNNING, Goal.PARKED), Goal.RUNNING),
    "park": Way((Goal.RUNNING,), Goal.PARKED),
    "down": Way((Goal.RUNNING,), Goal.GONE),
    "down when parked": Way((Goal.RUNNING, Goal.PARKED), Goal.GONE),
    "erase": Way((Goal.RUNNING,), Goal.ERASED),
    "up cut, then park": Way((), Goal.RUNNING, Goal.PARKED),
    "up cut, then down": Way((), Goal.RUNNING, Goal.GONE),
    "resume cut, then park": Way((Goal.RUNNING, Goal.PARKED), Goal.RUNNING, Goal.PARKED),
    "park cut, then up": Way((Goal.RUNNING,), Goal.PARKED, Goal.RUNNING),
}
PACES: Final = {"steady": Pace(), "lagging": Pace(list_lag=45, tag_lag=200)}
LEFT: Final = {
    Goal.RUNNING: {"droplets": 1, "volumes": 1, "firewalls": 1, "devices": 1},
    Goal.PARKED: {"droplets": 0, "volumes": 1, "firewalls": 1, "devices": 1},
    Goal.GONE: {"droplets": 0, "volumes": 1, "firewalls": 0, "devices": 0},
    Goal.ERASED: {"droplets": 0, "volumes": 0, "firewalls": 0, "devices": 0},
}


@dataclass(frozen=True)
class Case:
    """What goes wrong: a call, by its number, or a step of the machine."""

    fault: Fault | None
    call: int = 0
    lasting: bool = False
    step: str = ""

    def __str__(self) -> str:
        return (
            self.step
            or f"call {self.call}{' and all later' if self.lasting else ''}: {self.fault and self.fault.value}"
        )

    @property
    def faults(self) -> Faults:
        return lambda number: self.fault if number == self.call or (self.lasting and number > self.call) else None


class Sweep:
    """One way, ready to be gone many times from the same beginning."""

    def __init__(self, server: Server, folder: Path, way: Way, pace: Pace) -> None:
        self.way = way
        self._server = server
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        scene = Scene(server, folder / "before", copy.copy(pace))
        for goal in way.before:
            scene.go(goal)
        self._world = scene.world
        self._before = scene
        last = self._scene(0)
        last.go(way.goal)
        self._mutating = [call.changes for call in last.site.calls]
        self._droplets = len(last.world.droplets)

    def cases(self) -> Iterator[Case]:
        """List what can go wrong."""
        for call in range(len(self._mutating)):
            yield from (Case(fault, call) for fault in Fault)
        yield from self.deadly_cases()
        for step in ("reach", "install", "hand_over", "ship", "wait", "rest"):
            yield from (Case(None, step=f"{when} {step}") for when in ("before", "after"))

    def deadly_cases(self) -> Iterator[Case]:
        """List those where a call that changes something is the last one that may come through."""
        for call in (number for number, mutating in enumerate(self._mutating) if mutating):
            yield from (Case(fault, call, lasting=True) for fault in Fault)

    @property
    def stages(self) -> int:
        """How many calls and steps of the machine the way has."""
        return len(self._mutating) + (5 if self.way.goal is Goal.RUNNING else 1 if self.way.goal is Goal.PARKED else 0)

    def wrong(self, number: int, case: Case) -> list[str]:
        """Try a case; say in which way the lab is not as it should be after the second try."""

        def first_try(scene: Scene) -> None:
            scene.host.interrupt = stop_at(case.step) if case.step else scene.host.interrupt
            scene.go(self.way.goal, case.faults if case.fault else NEVER, self._patience(case))

        return [f"{case}: {defect}" for defect in self.defects_after(number, first_try)]

    def defects_after(self, number: int, first_try: Callable[[Scene], None]) -> list[str]:
        """Go the way again after a first try that did not come to its end, and say what is not as it should be."""
        scene = self._scene(number)
        with suppress(LabError, KilledError):
            first_try(scene)
        scene.host.interrupt = lambda _where: None
        try:
            if self.way.end is Goal.RUNNING or scene.known:  # what is erased is not known any more
                scene.go(self.way.end)
            found = list(self._defects(scene))
            if self.way.end is Goal.RUNNING and not found:
                actions = scene.prospect(Goal.RUNNING).actions
                found += [f"a third up would do more: {actions}"] * bool(actions)
        except LabError as error:
            found = [f"the second try fails: {error}"]
        shutil.rmtree(scene.folder.parent)
        return found

    def _patience(self, case: Case) -> Patience:
        return IN_A_HURRY if case.fault is Fault.HANG else PATIENT

    def _scene(self, number: int) -> Scene:
        """Begin anew, with what there was before."""
        folder = self._folder / str(number)
        shutil.copytree(self._before.folder.parent, folder)
        world: World = copy.deepcopy(self._world)
        return self._before.copied(Site(world), self._server, folder)

    def _defects(self, scene: Scene) -> Iterator[str]:
        world = scene.world
        left, most = scene.left(), LEFT[self.way.end]
        # An `up` that was cut off early has not made everything, and one after a park may order another droplet.
        partly = self.way.then is not None and self.way.goal is Goal.RUNNING
        again = self.way.end is Goal.RUNNING and self.way.goal is not Goal.RUNNING
        if left != most and not (partly and all(left[kind] <= most[kind] for kind in most)):
            yield f"there are {left}"
            return
        if not (0 if partly else self._droplets) <= len(world.droplets) <= self._droplets + again:
            yield f"{len(world.droplets)} droplets were ordered in all"
        if scene.site.violations:
            yield f"the contract is broken: {scene.site.violations[0]}"
        if world.auth_keys and self.way.end is Goal.RUNNING:
            yield "a key of the tailnet is left"
        keys = {droplet.host_key for droplet in world.droplets} - {None}
        if len(keys) > 1:
            yield f"the machine changed its host key: {keys}"
        if self.way.end is Goal.RUNNING:
            yield from self._defects_of_a_running_lab(scene)
        installed = [droplet for droplet in world.droplets if droplet.host_key]
        if self.way.end in {Goal.PARKED, Goal.GONE} and not all(droplet.rested for droplet in installed):
            yield "a droplet was destroyed while it wrote"
        if self.way.end is Goal.ERASED and world.tags:
            yield f"tags are left: {world.tags}"
        kept = {file.name for file in scene.folder.iterdir()} - {"lock", "state.json"}
        if self.way.end is Goal.ERASED and kept:
            yield f"keys of nothing are left: {kept}"

    def _defects_of_a_running_lab(self, scene: Scene) -> Iterator[str]:
        world = scene.world
        if sorted(world.tags) != sorted(scene.identity.tags):
            yield f"there are the tags {world.tags}"
        for droplet in scene.droplets:
            [volume] = (each for each in world.billed() if each not in scene.droplets)
            own = list(scene.identity.tags)
            if sorted(droplet.tags) != sorted(own) or sorted(volume.tags) != sorted(own):
                yield f"tags are {droplet.tags} and {volume.tags}"
            if world.droplets_of(volume) != [droplet.id]:
                yield "the volume is not attached"
            if droplet.host_key is None or not volume.tailscale_state:
                yield "the machine is not installed"
