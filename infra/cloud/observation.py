"""Looking: what is there of a lab, although lists lag behind and things carry their tags a little late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from infra.cloud.clock import Clock, Deadline
from infra.cloud.failure import MissingError
from infra.cloud.identity import Identity, lab_tag
from infra.cloud.observed import Observed
from infra.cloud.provider import Cloud
from infra.cloud.record import Kind, Record
from infra.cloud.resources import Droplet, Volume
from infra.cloud.tailnet import Tailnet

SETTLE: Final = 120.0
"""Seconds after which everything that was made is taken to be in the lists. How long that takes at DigitalOcean is not
documented; a second droplet costs more than the wait."""
PAUSE: Final = 5.0


class _Named(Protocol):
    @property
    def id(self) -> str | int: ...

    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=_Named)


class Observer:
    """Looks for one lab.

    Lists only say where to look: each thing is then looked up by itself, since a list may still have what is gone. What
    was made a moment ago, and what may have been made, is waited for until `SETTLE` is over.
    """

    def __init__(self, cloud: Cloud, tailnet: Tailnet | None, record: Record, clock: Clock) -> None:
        self._cloud = cloud
        self._tailnet = tailnet
        self._record = record
        self._clock = clock

    @property
    def _identity(self) -> Identity:
        return self._record.state.identity

    def look(self) -> Observed:
        """Return what is there now.

        Raises:
            CloudError: it cannot be found out.

        """
        cloud, identity = self._cloud, self._identity
        tags = {tag.name for tag in cloud.tags()}
        firewalls = self._find(
            Kind.FIREWALL, lambda: [wall for wall in cloud.firewalls() if wall.name == identity.name], cloud.firewall
        )
        volumes = self._find(Kind.VOLUME, lambda: _ours(identity, cloud.volumes()), cloud.volume)
        droplets = self._find(
            Kind.DROPLET,
            lambda: _ours(identity, cloud.droplets(identity.tags[1])),
            lambda number: cloud.droplet(int(number)),
        )
        return Observed(
            tags=frozenset(tags & set(identity.tags)),
            firewalls=firewalls,
            volumes=volumes,
            droplets=droplets,
            devices=self._tailnet.devices(identity.lab) if self._tailnet else (),
        )

    def with_market(self, observed: Observed) -> Observed:
        """Add what can be had at what price, and what has this lab's name and is another's."""
        identity = self._identity
        tag = lab_tag(identity.lab)
        things: tuple[Droplet | Volume, ...] = (*self._cloud.droplets(tag), *self._cloud.volumes())
        others = [
            thing
            for thing in things
            if tag in (thing.tags or ()) and not identity.owns(thing.tags) and thing.name != identity.name
        ]
        strangers = tuple(f"{type(thing).__name__.lower()} {thing.name} ({thing.id})" for thing in others)
        return replace(observed, sizes=self._cloud.sizes(), strangers=strangers)

    def _find(
        self, kind: Kind, listed: Callable[[], Iterable[Thing]], look_up: Callable[[str], Thing]
    ) -> tuple[Thing, ...]:
        """Find all of a kind, and remember the only one there is, or that there is none."""
        entry = self._record.state.things.get(kind)
        age = (self._clock.now() - entry.at).total_seconds() if entry else SETTLE
        # A clock that was set back makes no longer wait than this.
        deadline = Deadline(self._clock, min(SETTLE, max(0.0, SETTLE - age)))
        while True:
            numbers = dict.fromkeys(str(thing.id) for thing in listed())
            if entry and entry.id:
                numbers[entry.id] = None
            found: list[Thing] = []
            for number in numbers:
                with suppress(MissingError):
                    found.append(look_up(number))
            if found or entry is None or not deadline.pause(PAUSE):
                break
        if len(found) == 1:
            self._record.made(
                kind, str(found[0].id), entry.at if entry else self._clock.now() - timedelta(seconds=SETTLE)
            )
        elif not found:
            self._record.forget(kind)
        return tuple(found)


def _ours(identity: Identity, things: Iterable[Thing]) -> list[Thing]:
    """Keep what has both tags, or the name that no other lab's has: tags come a little later than what carries them."""
    return [thing for thing in things if thing.name == identity.name or identity.owns(getattr(thing, "tags", None))]
