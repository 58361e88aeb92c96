"""Doing: one action at a time, each followed by another thought about what remains to be done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, TypeVar

from infra.cloud import actions as do
from infra.cloud.clock import Clock, Deadline
from infra.cloud.convergence import plan
from infra.cloud.failure import CloudError, MissingError, RefusedError, StockError, TokenError
from infra.cloud.membership import Membership
from infra.cloud.observation import Observer
from infra.cloud.observed import Observed
from infra.cloud.provider import Cloud, NewDroplet
from infra.cloud.record import Record
from infra.cloud.resources import Droplet, Firewall, Volume
from infra.cloud.state import Kind
from infra.cloud.tailnet import Tailnet
from infra.cloud.wanted import Wanted
from infra.errors import LabError

DOUBTS: Final = 3
"""How often a create of unknown outcome is followed by another look and, where nothing is found, another create."""
PAUSE: Final = 5.0  # seconds between two looks at what takes a while
DROPLET_LIMIT: Final = 900.0  # seconds until a droplet is active, or gone
VOLUME_LIMIT: Final = 180.0  # seconds until a volume is attached, or free

Doing: TypeAlias = Callable[[str, float], AbstractContextManager[None]]
"""Shows that something is being done, and an estimate of its seconds, until the block ends."""
Made = TypeVar("Made", Droplet, Volume, Firewall)


@dataclass(frozen=True)
class Order:
    """What only an order of a droplet needs.

    Attributes:
        ssh_key: number of the operator's public key in the account.
        user_data: makes what the first boot runs.

    """

    ssh_key: int
    user_data: Callable[[], str] = field(repr=False)


@dataclass(frozen=True)
class Executor:
    """Brings one lab to what is wanted."""

    cloud: Cloud
    tailnet: Tailnet
    record: Record
    clock: Clock
    observer: Observer
    doing: Doing = lambda _what, _seconds: nullcontext()

    def converge(self, wanted: Wanted, observed: Observed, order: Order | None = None) -> Observed:
        """Act until nothing remains to be done, and return what is there then.

        Raises:
            LabError: it cannot be done; what was done stays, and another call goes on from there.

        """
        doubts, last = DOUBTS, None
        while actions := plan(wanted, observed):
            if actions[0] == last:
                message = f"DigitalOcean says that this is done, and shows that it is not: {last}"
                raise LabError(message)
            self.record.keep()
            try:
                with self.doing(str(actions[0]), actions[0].seconds):
                    observed = self._perform(wanted, actions[0], observed, order)
                last = actions[0]
            except CloudError as error:
                if not error.unknown or not doubts:
                    raise
                doubts -= 1
                observed = replace(self.observer.look(wanted.goal), sizes=observed.sizes, refused=observed.refused)
        return observed

    def _perform(self, wanted: Wanted, action: do.Action, seen: Observed, order: Order | None) -> Observed:
        """Do one thing, and say what is there after it."""
        match action:
            case do.CreateTag(name):
                self.cloud.create_tag(name)
                seen = replace(seen, tags=seen.tags | {name})
            case do.CreateFirewall(rules):
                made = self._make(Kind.FIREWALL, lambda: self.cloud.create_firewall(rules))
                seen = seen.with_firewall(made)
            case do.ReplaceFirewall(number, rules):
                seen = seen.with_firewall(self.cloud.replace_firewall(number, rules))
            case do.CreateVolume(volume):
                seen = seen.with_volume(self._make(Kind.VOLUME, lambda: self.cloud.create_volume(volume)))
            case do.CreateDroplet():
                seen = self._order(wanted, action, seen, order)
            case do.PutTag(tag, kind, number):
                self.cloud.put_tag(tag, kind, number)
                seen = _tagged(seen, kind, tag)
            case _:
                seen = self._go_on(action, seen)
        return seen

    def _go_on(self, action: do.Action, seen: Observed) -> Observed:
        """Do one of the things that make nothing new."""
        match action:
            case do.PowerOn(number):
                self.cloud.power_on(number)
                seen = seen.with_droplet(self._running(number))
            case do.AwaitDroplet(number):
                seen = seen.with_droplet(self._running(number))
            case do.AttachVolume(volume, droplet):
                seen = seen.with_volume(self._attached(volume, droplet))
            case do.DestroyDroplet(number, name):
                self._destroy(number, name)
                seen = seen.with_droplet(None)
            case do.DeleteFirewall(number):
                self.cloud.delete_firewall(number)
                self.record.forget(Kind.FIREWALL)
                seen = seen.with_firewall(None)
            case do.RemoveDevice(device):
                self.tailnet.remove(device)
                seen = replace(seen, devices=())
            case do.LeaveTailnet():
                Membership(self.tailnet, self.record).leave()
                seen = replace(seen, joined=False)
            case do.DeleteVolume(number):
                self._free(number)
                self.record.doom(Kind.VOLUME, self.clock.now())
                self.cloud.delete_volume(number)
                self.record.forget(Kind.VOLUME)
                seen = seen.with_volume(None)
            case do.DeleteTag(name):
                self.cloud.delete_tag(name)
                seen = replace(seen, tags=seen.tags - {name})
        return seen

    def _make(self, kind: Kind, create: Callable[[], Made]) -> Made:
        """Create a thing, with an intent on the disk from before it can be there until it is known."""
        self.record.intend(kind, self.clock.now())
        try:
            made = create()
        except CloudError as error:
            if error.unknown:
                self.record.intend(kind, self.clock.now())  # it may be made as late as now
            else:
                self.record.forget(kind)
            raise
        self.record.made(kind, str(made.id), self.clock.now())
        return made

    def _order(self, wanted: Wanted, action: do.CreateDroplet, seen: Observed, order: Order | None) -> Observed:
        if order is None or action.volume is None:
            message = "a droplet is ordered with a volume and an order alone"
            raise AssertionError(message)
        self._free(action.volume)
        new = NewDroplet(
            name=action.name,
            size=action.size,
            region=action.region,
            image=wanted.image,
            ssh_key=order.ssh_key,
            volume=action.volume,
            tags=wanted.identity.tags,
            user_data=order.user_data(),
        )
        try:
            return seen.with_droplet(self._make(Kind.DROPLET, lambda: self.cloud.create_droplet(new)))
        except StockError as error:
            return seen.without_size(action.size, str(error))

    def _running(self, number: int) -> Droplet:
        """Wait for a droplet; one that was lost to the lists a moment ago is waited for too."""
        deadline = Deadline(self.clock, DROPLET_LIMIT)
        while True:
            droplet = self.cloud.droplet(number)
            if droplet.running:
                return droplet
            if not deadline.pause(PAUSE):
                message = f"droplet {droplet.name} is {droplet.status} after {DROPLET_LIMIT:.0f} s; ./lab up waits on"
                raise LabError(message)

    def _destroy(self, number: int, name: str) -> None:
        already = self.record.ending
        self.record.doom(Kind.DROPLET, self.clock.now())
        try:
            self.cloud.destroy_droplet(number)
        except (RefusedError, TokenError):
            if not already:  # one that is on its way to its end may not be asked for another
                self.record.spare(Kind.DROPLET)
            raise
        deadline = Deadline(self.clock, DROPLET_LIMIT)
        try:
            while self.cloud.droplet(number):
                if not deadline.pause(PAUSE):
                    message = f"droplet {name} is there, and billed, {DROPLET_LIMIT:.0f} s after its end was asked for"
                    raise LabError(message)
        except MissingError:
            self.record.forget(Kind.DROPLET)

    def _attached(self, number: str, droplet: int) -> Volume:
        volume = self.cloud.volume(number)
        self.cloud.attach_volume(number, droplet, volume.region.slug)
        return self._volume(number, lambda volume: droplet in (volume.droplet_ids or ()), "attached to the lab's")

    def _free(self, number: str) -> None:
        """Wait until no droplet has the volume: the last one's end takes a while."""
        self._volume(number, lambda volume: not volume.droplet_ids, "free; detach it there")

    def _volume(self, number: str, condition: Callable[[Volume], bool], what: str) -> Volume:
        deadline = Deadline(self.clock, VOLUME_LIMIT)
        while not condition(volume := self.cloud.volume(number)):
            if not deadline.pause(PAUSE):
                holders = ", ".join(map(self._holder, volume.droplet_ids or ())) or "no droplet"
                message = f"volume {volume.name} is with {holders}, and after {VOLUME_LIMIT:.0f} s not {what}"
                raise LabError(message)
        return volume

    def _holder(self, number: int) -> str:
        try:
            return f"droplet {self.cloud.droplet(number).name}"
        except MissingError:
            return f"droplet {number}, which is gone"
        except CloudError:  # what is told is that the volume is not free
            return f"droplet {number}"


def _tagged(seen: Observed, kind: str, tag: str) -> Observed:
    if kind == "droplet" and seen.droplet:
        return seen.with_droplet(seen.droplet.model_copy(update={"tags": (*seen.droplet.tags, tag)}))
    if seen.volume:
        return seen.with_volume(seen.volume.model_copy(update={"tags": (*(seen.volume.tags or ()), tag)}))
    return seen
