"""What there is in the pretended account and tailnet, and how it changes as time passes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from tests.cloud.fake.clock import VirtualClock

Json: TypeAlias = dict[str, Any]

PUBLIC_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJCkJj0j++1CLsLyrtAmzc2f9MHFOWlLoNLBmB+o/nKh operator@laptop"
TOKEN: Final = "dop_v1_canary"
TEAM: Final = "5df3e3004a17e242b7c20ca6c9fc25b701a47ece"
EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass
class Pace:
    """How long things take, in seconds."""

    boot: float = 40
    destruction: float = 20
    detaching: float = 5  # after the droplet is gone
    attaching: float = 4
    list_lag: float = 0  # until a list shows what was made, or stops to show what is gone
    tag_lag: float = 0  # until a new droplet carries its tags
    call: float = 0  # from a request to its answer


@dataclass
class Size:
    """A size that the account may have."""

    slug: str
    price: float
    regions: tuple[str, ...]
    gpu: bool = True


@dataclass
class Thing:
    """Anything with a beginning and an end."""

    id: Any
    name: str
    made: datetime
    gone: datetime = EVER
    tags: list[str] = field(default_factory=list)


@dataclass
class Droplet(Thing):
    """A pretended droplet, and what its machine would be."""

    size: str = ""
    region: str = ""
    active: datetime = EVER
    off: bool = False
    user_data: str = ""
    host_key: str | None = None
    rested: bool = False
    done: set[str] = field(default_factory=set)  # steps that leave nothing behind but their end

    @property
    def address(self) -> str:
        return f"203.0.113.{self.id % 250 + 1}"


@dataclass
class Volume(Thing):
    """A pretended volume; what is on it outlives droplets."""

    region: str = ""
    gigabytes: int = 0
    label: str = ""
    attached: dict[int, datetime] = field(default_factory=dict)
    tailscale_state: str | None = None


@dataclass
class Firewall(Thing):
    """A pretended firewall, as it was asked for."""

    body: Json = field(default_factory=dict)


@dataclass
class World:
    """One account and one tailnet.

    Attributes:
        clock: whose time everything goes by.
        pace: how long things take.
        gpu_limit: how many droplets with a GPU the account may have; DigitalOcean's answer tells nobody beforehand.
        team: whose the account is.
        access_ends: when the tailnet's last access token does.
        tailnet_answers: whether the tailnet's API does its work.
        scopes: what the token may do; None for everything.
        skew: how far DigitalOcean's clock is ahead of the one of the machine.

    """

    clock: VirtualClock
    pace: Pace = field(default_factory=Pace)
    sizes: list[Size] = field(
        default_factory=lambda: [
            Size("s-2vcpu-4gb", 0.036, ("tor1", "nyc2"), gpu=False),
            Size("gpu-l40sx1-48gb", 1.57, ("tor1",)),
            Size("gpu-6000adax1-48gb", 1.57, ("tor1", "nyc2")),
        ]
    )
    gpu_limit: int = 9
    sold_out: set[str] = field(default_factory=set)
    team: str = TEAM
    scopes: set[str] | None = None
    locked: bool = False
    skew: timedelta = timedelta()
    public_keys: list[str] = field(default_factory=lambda: [PUBLIC_KEY])
    tags: list[str] = field(default_factory=list)
    droplets: list[Droplet] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    firewalls: list[Firewall] = field(default_factory=list)
    devices: list[Json] = field(default_factory=list)
    auth_keys: dict[str, Json] = field(default_factory=dict)
    access_ends: datetime = EVER
    tailnet_answers: bool = True
    last_id: int = 1000

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def later(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def there(self, things: list[Any]) -> list[Any]:
        """Return what can be looked up now."""
        return [thing for thing in things if thing.made <= self.now < thing.gone]

    def listed(self, things: list[Any]) -> list[Any]:
        """Return what lists show now."""
        lag = timedelta(seconds=self.pace.list_lag)
        return [
            thing
            for thing in things
            if self.now >= thing.made + lag and (thing.gone == EVER or self.now < thing.gone + lag)
        ]

    def billed(self) -> list[Any]:
        """Return what costs money, now and from now on."""
        return [thing for thing in (*self.droplets, *self.volumes) if thing.gone == EVER]

    def find(self, things: list[Any], number: object) -> Any:  # noqa: ANN401 - any kind of thing
        return next((thing for thing in self.there(things) if str(thing.id) == str(number)), None)

    def machine(self, address: str) -> Droplet | None:
        """Return the droplet at that address."""
        return next((droplet for droplet in self.there(self.droplets) if droplet.address == address), None)

    def tags_of(self, droplet: Droplet) -> list[str]:
        return droplet.tags if self.now >= droplet.made + timedelta(seconds=self.pace.tag_lag) else []

    def droplets_of(self, volume: Volume) -> list[int]:
        """Return which droplets have the volume: a droplet that is gone keeps it for a moment."""
        rest = timedelta(seconds=self.pace.detaching)
        ends = {droplet.id: droplet.gone for droplet in self.droplets}
        return [
            number
            for number, since in volume.attached.items()
            if since <= self.now and (ends[number] == EVER or self.now < ends[number] + rest)
        ]

    def new_droplet(self, body: Json) -> Droplet:
        droplet = Droplet(
            id=self.new_id(),
            name=body["name"],
            made=self.now,
            tags=list(body.get("tags") or []),
            size=body["size"],
            region=body["region"],
            active=self.later(self.pace.boot),
            user_data=body.get("user_data", ""),
        )
        self.droplets.append(droplet)
        for volume in self.volumes:
            if volume.id in body.get("volumes", ()):
                volume.attached[droplet.id] = self.now
        return droplet

    def new_volume(self, body: Json) -> Volume:
        volume = Volume(
            id=str(uuid.UUID(int=self.new_id())),
            name=body["name"],
            made=self.now,
            tags=list(body.get("tags") or []),
            region=body["region"],
            gigabytes=body["size_gigabytes"],
            label=body.get("filesystem_label", ""),
        )
        self.volumes.append(volume)
        return volume

    def new_firewall(self, body: Json) -> Firewall:
        firewall = Firewall(id=str(uuid.UUID(int=self.new_id())), name=body["name"], made=self.now, body=body)
        self.firewalls.append(firewall)
        return firewall
