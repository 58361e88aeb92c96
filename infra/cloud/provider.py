"""What a lab asks of DigitalOcean; `infra.api` asks the real one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from infra.cloud.resources import (
    Account,
    Droplet,
    Firewall,
    Inbound,
    Outbound,
    Region,
    Size,
    SshKey,
    Tag,
    Volume,
    VolumeAction,
)


@dataclass(frozen=True)
class NewDroplet:
    """What is asked for with a droplet."""

    name: str
    size: str
    region: str
    image: str
    ssh_key: int
    volume: str
    tags: tuple[str, ...]
    user_data: str = field(repr=False)


@dataclass(frozen=True)
class NewVolume:
    """What is asked for with a volume, whose file system DigitalOcean makes."""

    name: str
    region: str
    gigabytes: int
    label: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """What is asked for with a firewall."""

    name: str
    tags: tuple[str, ...]
    inbound: tuple[Inbound, ...]
    outbound: tuple[Outbound, ...]


class Cloud(Protocol):
    """DigitalOcean.

    Everything raises `CloudError`. What reads, replaces or deletes is tried again where that may help; what creates is
    sent once, and again only where DigitalOcean said that it had not been looked at. Lists are whole, or there is none.
    """

    def account(self) -> tuple[Account, datetime]:
        """Return whose token it is, and DigitalOcean's time."""
        ...

    def ssh_keys(self) -> tuple[SshKey, ...]:
        """List the account's public keys."""
        ...

    def sizes(self) -> tuple[Size, ...]:
        """List the sizes that the account may have."""
        ...

    def regions(self) -> tuple[Region, ...]:
        """List the regions."""
        ...

    def droplets(self, tag: str) -> tuple[Droplet, ...]:
        """List all droplets with the tag, those with a GPU too, and those that are in any list with another tag."""
        ...

    def droplet(self, number: int) -> Droplet:
        """Look a droplet up; `MissingError` when there is none, or no more."""
        ...

    def create_droplet(self, wanted: NewDroplet) -> Droplet:
        """Order a droplet."""
        ...

    def power_on(self, number: int) -> None:
        """Begin to start a droplet that is off."""
        ...

    def destroy_droplet(self, number: int) -> None:
        """Destroy a droplet, which takes a while; none is fine too."""
        ...

    def volumes(self) -> tuple[Volume, ...]:
        """List all volumes."""
        ...

    def volume(self, uuid: str) -> Volume:
        """Look a volume up; `MissingError` when there is none, or no more."""
        ...

    def create_volume(self, wanted: NewVolume) -> Volume:
        """Make a volume."""
        ...

    def attach_volume(self, uuid: str, droplet: int, region: str) -> VolumeAction:
        """Begin to attach a volume to a droplet."""
        ...

    def delete_volume(self, uuid: str) -> None:
        """Delete a volume and all its data; none is fine too."""
        ...

    def firewalls(self) -> tuple[Firewall, ...]:
        """List all firewalls."""
        ...

    def firewall(self, uuid: str) -> Firewall:
        """Look a firewall up; `MissingError` when there is none, or no more."""
        ...

    def create_firewall(self, wanted: Rules) -> Firewall:
        """Make a firewall."""
        ...

    def replace_firewall(self, uuid: str, wanted: Rules) -> Firewall:
        """Give a firewall other rules."""
        ...

    def delete_firewall(self, uuid: str) -> None:
        """Delete a firewall; none is fine too."""
        ...

    def tags(self) -> tuple[Tag, ...]:
        """List all tags."""
        ...

    def create_tag(self, name: str) -> None:
        """Make a tag; one that is there already is fine too."""
        ...

    def put_tag(self, name: str, kind: str, identity: str) -> None:
        """Put a tag onto a `droplet` or a `volume`."""
        ...

    def delete_tag(self, name: str) -> None:
        """Delete a tag; none is fine too."""
        ...
