"""A machine without a body: what its steps would leave behind, on the droplet and on the volume."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ailab.spec import LabSpec
from infra import private_file
from infra.cloud.steps import AuthKey, Target
from infra.errors import LabError
from infra.shipping.host import NixosHost
from infra.shipping.keys import HOST_KEY
from infra.shipping.reached import Reached
from tests.cloud.fake import tailscale
from tests.cloud.fake.world import Droplet, Volume, World

SECONDS: Final = {"reach": 30.0, "install": 400.0, "hand_over": 2.0, "ship": 60.0, "wait": 300.0, "rest": 20.0}


@dataclass
class FakeHost:
    """Keeps the promises of `infra.cloud.steps.Host`.

    Attributes:
        world: where the machine is.
        interrupt: called before and after each step, with its name; may raise.
        changes: what was changed on the machine, in order.
        asked_with: the private key by which it was last asked to rest.

    """

    world: World
    interrupt: Callable[[str], None] = lambda _where: None
    changes: list[str] = field(default_factory=list)
    asked_with: Path | None = None

    def check(self, lab: LabSpec) -> None:
        self.interrupt(f"check {lab.name}")

    def make_keys(self, lab: LabSpec, folder: Path) -> None:
        self.interrupt("before make_keys")
        NixosHost().make_keys(lab, folder)
        self.interrupt("after make_keys")

    def lacks(self, folder: Path, *, machine: bool) -> tuple[str, ...]:
        return NixosHost().lacks(folder, machine=machine)

    def recovery(self, folder: Path, target: Target | None) -> str:
        return NixosHost().recovery(folder, target)

    def user_data(self, lab: LabSpec, folder: Path) -> str:
        host_key(folder)
        return f"#cloud-config\nhostname: {lab.name}\n"

    def reach(self, target: Target) -> None:
        self._once("reach", target)
        Reached(address=target.address, identity=target.identity).remember(target.folder)

    def install(self, target: Target) -> None:
        def put(droplet: Droplet) -> None:
            droplet.host_key = droplet.host_key or host_key(target.folder)
            droplet.rested = False

        self._step("install", target, lambda droplet: droplet.host_key is not None and not droplet.rested, put)

    def hand_over(self, target: Target, key: AuthKey | None) -> None:
        def put(droplet: Droplet) -> None:
            joined = key and tailscale.join(self.world, key.value, target.lab.name)
            if not joined:
                message = "the key is used up"
                raise LabError(message)
            self._volume(droplet).tailscale_state = joined

        self._step("hand_over", target, lambda _droplet: key is None, put)

    def member(self, target: Target) -> str | None:
        droplet = self._machine(target)
        if droplet.host_key is None:
            return None
        self._recognise(droplet, target)
        if droplet.rested:
            message = f"{target.address}: tailscaled does not run"
            raise LabError(message)
        return self._volume(droplet).tailscale_state

    def ship(self, target: Target) -> None:
        self._once("ship", target)

    def wait(self, target: Target) -> None:
        self._once("wait", target)

    def rest(self, target: Target) -> None:
        self.asked_with = target.identity

        def stop(droplet: Droplet) -> None:
            self._recognise(droplet, target)
            droplet.rested = True

        self._step("rest", target, lambda droplet: droplet.rested or droplet.host_key is None, stop)

    def _once(self, name: str, target: Target) -> None:
        """Do what only takes time, once on each machine."""
        self._step(name, target, lambda droplet: name in droplet.done, lambda droplet: droplet.done.add(name))

    def _step(
        self, name: str, target: Target, done: Callable[[Droplet], bool], change: Callable[[Droplet], None]
    ) -> None:
        self.interrupt(f"before {name}")
        droplet = self._machine(target)
        if droplet.rested and name in {"hand_over", "ship", "wait"}:
            message = f"{target.address}: k3s does not answer"
            raise LabError(message)
        if not done(droplet):
            self.world.clock.sleep(SECONDS[name])
            change(droplet)
            self.changes.append(name)
        self.interrupt(f"after {name}")

    def _machine(self, target: Target) -> Droplet:
        droplet = self.world.machine(target.address)
        if droplet is None:
            message = f"{target.address}: nothing answers"
            raise LabError(message)
        return droplet

    def _recognise(self, droplet: Droplet, target: Target) -> None:
        if not (target.folder / HOST_KEY).exists():
            message = f"{target.folder}: has no {HOST_KEY}"
            raise LabError(message)
        if droplet.host_key != host_key(target.folder):
            message = f"{target.address}: answers with another host key"
            raise LabError(message)

    def _volume(self, droplet: Droplet) -> Volume:
        return next(volume for volume in self.world.volumes if droplet.id in self.world.droplets_of(volume))


def host_key(folder: Path) -> str:
    """Make the host key once for all droplets of a lab."""
    file = folder / HOST_KEY
    if not file.exists():
        private_file.write(file, f"key {uuid.uuid4()}")
    return file.read_text(encoding="utf-8")
