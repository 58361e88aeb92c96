"""Looking: what is there of a lab, although lists lag behind and things carry their tags a little late."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeVar

from infra.cloud.clock import Clock, Deadline
from infra.cloud.failure import MissingError
from infra.cloud.identity import Identity, lab_of, lab_tag, uids
from infra.cloud.observed import Observed
from infra.cloud.provider import Cloud
from infra.cloud.record import Record
from infra.cloud.resources import Droplet, Firewall, Volume
from infra.cloud.state import Kind
from infra.cloud.tailnet import Tailnet
from infra.cloud.wanted import Goal

SETTLE: Final = 120.0
"""Seconds after which everything that was made is taken to be in the lists. How long that takes at DigitalOcean is not
documented; a second droplet costs more than the wait."""
PAUSE: Final = 5.0


Thing = TypeVar("Thing", Droplet, Volume, Firewall)


def still_there(cloud: Cloud, listed: Iterable[Droplet | Volume]) -> Iterator[Droplet | Volume]:
    """Look up each thing of a list by itself, and give those that are there, as they are now."""
    for thing in listed:
        with suppress(MissingError):
            yield cloud.droplet(thing.id) if isinstance(thing, Droplet) else cloud.volume(thing.id)


class Observer:
    """Looks for one lab.

    Lists only say where to look: each thing is then looked up by itself, since a list may still have what is gone. What
    was made a moment ago, and what may have been made, is waited for until `settle` is over.
    """

    def __init__(self, cloud: Cloud, tailnet: Tailnet, record: Record, clock: Clock, settle: float = SETTLE) -> None:
        self._cloud = cloud
        self._tailnet = tailnet
        self._record = record
        self._clock = clock
        self._settle = settle

    @property
    def _identity(self) -> Identity:
        return self._record.state.identity

    def look(self, goal: Goal = Goal.RUNNING, *, tailnet: bool = True) -> Observed:
        """Return what is there now.

        The tailnet is asked for a lab that shall run alone: the end of the bill waits for DigitalOcean and nobody else.
        So is what of others is at its droplet, or has its volume: neither keeps a bill from its end.

        Args:
            goal: what the lab shall be.
            tailnet: whether the tailnet is asked at all.

        Raises:
            CloudError: it cannot be found out.

        """
        cloud, identity = self._cloud, self._identity
        tags = {tag.name for tag in cloud.tags()}
        firewalls, _ = self._find(
            Kind.FIREWALL, cloud.firewalls, lambda wall: wall.name == identity.name, cloud.firewall
        )
        volumes, all_volumes = self._find(Kind.VOLUME, cloud.volumes, self._is_ours, cloud.volume)
        droplets, all_droplets = self._find(
            Kind.DROPLET,
            lambda: cloud.droplets(lab_tag(identity.lab)),
            self._is_ours,
            lambda number: cloud.droplet(int(number)),
            # A list may lag behind; what has the volume attached is told by the volume itself.
            hints=tuple(str(number) for volume in volumes for number in volume.droplet_ids or ()),
        )
        running = goal is Goal.RUNNING
        everything: tuple[Droplet | Volume, ...] = (*all_droplets, *all_volumes)
        foreign = tuple(still_there(cloud, filter(self._is_of_another, everything)))
        ending = self._record.ending
        return Observed(
            tags=frozenset(tags & set(identity.tags)),
            firewalls=firewalls,
            volumes=volumes,
            droplets=droplets,
            devices=self._tailnet.devices(identity.lab) if running and tailnet else (),
            device=self._record.state.device,
            ending=ending.id if ending else None,
            # A machine of that name is the lab's own only as long as there is something of the lab.
            joined=self._record.state.joined or (not running and bool(droplets or firewalls)),
            strangers=tuple(thing for thing in foreign if lab_of(thing.name, thing.tags) == identity.lab),
            others=tuple(
                thing for thing in foreign if uids(thing.tags) and lab_of(thing.name, thing.tags) != identity.lab
            ),
            attached=tuple(self._attached(droplets, all_volumes)) if running else (),
            holders=tuple(self._holders(volumes, droplets)) if running else (),
        )

    def _attached(self, droplets: tuple[Droplet, ...], listed: tuple[Volume, ...]) -> Iterator[Volume]:
        """Find the volumes at droplets that are not the lab's; droplet and volume tell, and either may be late."""
        numbers = {droplet.id for droplet in droplets}
        told = {uuid for droplet in droplets for uuid in droplet.volume_ids}
        for uuid in sorted(told | {volume.id for volume in listed if numbers & {*(volume.droplet_ids or ())}}):
            with suppress(MissingError):
                volume = self._cloud.volume(uuid)
                if not self._is_ours(volume) and (uuid in told or numbers & {*(volume.droplet_ids or ())}):
                    yield volume

    def _holders(self, volumes: tuple[Volume, ...], droplets: tuple[Droplet, ...]) -> Iterator[Droplet]:
        """Find the droplets that have the lab's volumes and are not the lab's; one that is gone is none."""
        told = {number for volume in volumes for number in volume.droplet_ids or ()}
        for number in sorted(told - {droplet.id for droplet in droplets}):
            with suppress(MissingError):
                droplet = self._cloud.droplet(number)
                if not self._is_ours(droplet):
                    yield droplet

    def _find(
        self,
        kind: Kind,
        listed: Callable[[], tuple[Thing, ...]],
        ours: Callable[[Thing], bool],
        look_up: Callable[[str], Thing],
        hints: tuple[str, ...] = (),
    ) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
        """Find all of a kind that are the lab's, and all that are listed; remember the lab's only one, or none."""
        entry = self._record.state.things.get(kind)
        age = (self._clock.now() - entry.at).total_seconds() if entry else SETTLE
        # A clock that was set back makes no longer wait than this.
        deadline = Deadline(self._clock, min(self._settle, max(0.0, self._settle - age)))
        while True:
            everything = listed()
            numbers = dict.fromkeys(str(thing.id) for thing in everything if ours(thing))
            if entry and entry.id:
                numbers[entry.id] = None
            found: list[Thing] = []
            for number in numbers:
                with suppress(MissingError):
                    found.append(look_up(number))
            for hint in set(hints) - numbers.keys():
                with suppress(MissingError):
                    hinted = look_up(hint)
                    if ours(hinted):
                        found.append(hinted)
            # What is not found after its end was asked for is gone.
            if found or entry is None or entry.doomed or not deadline.pause(PAUSE):
                break
        if len(found) == 1:
            long_ago = self._clock.now() - timedelta(seconds=SETTLE)
            self._record.made(kind, str(found[0].id), entry.at if entry else long_ago)
        elif not found:
            self._record.forget(kind)
        return tuple(found), everything

    def _is_of_another(self, thing: Droplet | Volume) -> bool:
        """Whether it was made for a lab that is not this one, though it may have its name."""
        made = lab_of(thing.name, thing.tags) == self._identity.lab or bool(uids(thing.tags))
        return made and not self._is_ours(thing)

    def _is_ours(self, thing: Droplet | Volume) -> bool:
        """Go by both tags, or by the name that no other lab's has: tags come a little later than what carries them."""
        return thing.name == self._identity.name or self._identity.owns(thing.tags)
