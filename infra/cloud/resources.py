"""What there is at DigitalOcean, as far as a lab cares: values, read from its API's answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Resource(BaseModel):
    """Base of every answer: it cannot be changed, and what a lab does not read is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Status(StrEnum):
    """What a droplet does."""

    NEW = "new"  # it is being made
    ACTIVE = "active"
    OFF = "off"  # and billed all the same
    ARCHIVE = "archive"


class Address(Resource):
    """One address of a droplet."""

    ip_address: str
    type: Literal["public", "private"]


class Networks(Resource):
    """The addresses of a droplet."""

    v4: tuple[Address, ...] = ()


class Place(Resource):
    """The region that a volume or a droplet is in."""

    slug: str


class Droplet(Resource):
    """A virtual machine; billed by the hour from its creation to its destruction, also when it is off."""

    id: int
    name: str
    status: Status
    size_slug: str
    region: Place
    created_at: datetime
    networks: Networks = Networks()
    tags: tuple[str, ...] = ()
    volume_ids: tuple[str, ...] = ()

    @property
    def address(self) -> str | None:
        """Its public IPv4 address; None until it has one."""
        return next((address.ip_address for address in self.networks.v4 if address.type == "public"), None)

    @property
    def running(self) -> bool:
        """Whether it can be asked for by ssh."""
        return self.status is Status.ACTIVE and self.address is not None


class Volume(Resource):
    """A disk that outlives droplets; billed by its size."""

    id: str
    name: str
    size_gigabytes: int
    region: Place
    droplet_ids: tuple[int, ...] | None = ()
    tags: tuple[str, ...] | None = ()


class Ends(Resource):
    """Who may send to, or be sent to from, what a firewall guards."""

    addresses: tuple[str, ...] | None = ()
    tags: tuple[str, ...] | None = ()
    droplet_ids: tuple[int, ...] | None = ()


class Inbound(Resource):
    """One rule for what comes in."""

    protocol: str
    ports: str
    sources: Ends


class Outbound(Resource):
    """One rule for what goes out."""

    protocol: str
    ports: str
    destinations: Ends


class Firewall(Resource):
    """Rules that hold, outside of the machine, for every droplet with one of the tags."""

    id: str
    name: str
    tags: tuple[str, ...] | None = ()
    inbound_rules: tuple[Inbound, ...] | None = ()
    outbound_rules: tuple[Outbound, ...] | None = ()


def exact(thing: Droplet | Volume | Firewall) -> str:
    """Name a thing where another may have the same name."""
    return f"{thing.name} ({thing.id})"


def named(thing: Droplet | Volume) -> str:
    """Name a thing with its kind."""
    return f"{type(thing).__name__.lower()} {exact(thing)}"


class SshKey(Resource):
    """A public key that DigitalOcean puts onto new droplets."""

    id: int
    name: str
    public_key: str


class Size(Resource):
    """A kind of droplet; DigitalOcean lists those alone that the account may have.

    Attributes:
        price_hourly: US dollars.
        regions: where it can be had now; none where nobody has any left.

    """

    slug: str
    available: bool = True
    price_hourly: Annotated[float, Field(ge=0)]
    price_monthly: Annotated[float, Field(ge=0)]
    regions: tuple[str, ...] = ()

    def in_stock(self, region: str) -> bool:
        """Whether the region has one left."""
        return self.available and region in self.regions


class Region(Resource):
    """A place with data centres."""

    slug: str
    available: bool
    features: tuple[str, ...] = ()


class Team(Resource):
    """Whose account it is, where several people have it."""

    uuid: str


class Account(Resource):
    """Whose token it is."""

    uuid: str
    team: Team | None = None
    email: str
    status: str
    status_message: str = ""

    @property
    def owner(self) -> str:
        """Whose the droplets are: the team's, whoever of it made the token, or else the account's."""
        return self.team.uuid if self.team else self.uuid


class Tag(Resource):
    """A word that droplets and volumes carry and that firewalls go by."""

    name: str


class VolumeAction(Resource):
    """Attaching a volume, which takes a while."""

    id: int
    status: Literal["in-progress", "completed", "errored"]
