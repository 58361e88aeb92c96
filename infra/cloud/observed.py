"""What a lab has at DigitalOcean and in the tailnet at one moment, and how an action changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from infra.cloud.resources import Droplet, Firewall, Size, Volume
from infra.cloud.tailnet import Device


@dataclass(frozen=True)
class Observed:
    """What was seen; more than one of a kind is too many.

    Attributes:
        tags: those of the lab that there are.
        firewalls: those of the lab's name.
        volumes: those with the lab's tags or its name, which no other lab's has.
        droplets: the same.
        devices: machines of the tailnet with the lab's name; none where that was not asked.
        strangers: what was made for a lab of this name with another identity.
        sizes: what the account may have, and where it can be had now.
        refused: sizes that DigitalOcean did not give although it lists them, and why.
        joined: whether a machine of this lab, or a key for one, may be in the tailnet.
        device: id of the lab's own machine there, where that is known.
        others: what was made for labs of other names.
        attached: volumes that the lab's droplets have and that are not the lab's; asked for a lab that shall run alone.
        holders: droplets that have the lab's volumes and are not the lab's; the same.
        ending: number of the droplet whose end was asked for and which is still there.

    """

    tags: frozenset[str] = frozenset()
    firewalls: tuple[Firewall, ...] = ()
    volumes: tuple[Volume, ...] = ()
    droplets: tuple[Droplet, ...] = ()
    devices: tuple[Device, ...] = ()
    strangers: tuple[Droplet | Volume, ...] = ()
    sizes: tuple[Size, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    joined: bool = False
    device: str | None = None
    others: tuple[Droplet | Volume, ...] = ()
    attached: tuple[Volume, ...] = ()
    holders: tuple[Droplet, ...] = ()
    ending: str | None = None

    @property
    def member(self) -> Device | None:
        """The lab's own machine in the tailnet; None where none of the name is known to be it."""
        return next((device for device in self.devices if device.id == self.device), None)

    @property
    def neighbours(self) -> tuple[Device, ...]:
        """Machines of the tailnet with the lab's name that are not known to be the lab's."""
        return tuple(device for device in self.devices if device.id != self.device)

    @property
    def droplet(self) -> Droplet | None:
        """The droplet."""
        return next(iter(self.droplets), None)

    @property
    def volume(self) -> Volume | None:
        """The volume."""
        return next(iter(self.volumes), None)

    @property
    def firewall(self) -> Firewall | None:
        """The firewall."""
        return next(iter(self.firewalls), None)

    def ends(self, droplet: Droplet) -> bool:
        """Whether the end of this droplet was asked for."""
        return str(droplet.id) == self.ending

    @property
    def after_its_end(self) -> Self:
        """What there is once the droplet whose end was asked for is gone."""
        return replace(self, droplets=tuple(droplet for droplet in self.droplets if not self.ends(droplet)))

    def with_droplet(self, droplet: Droplet | None) -> Self:
        """Return the same with this droplet, or none."""
        return replace(self, droplets=(droplet,) if droplet else ())

    def with_volume(self, volume: Volume | None) -> Self:
        """Return the same with this volume, or none."""
        return replace(self, volumes=(volume,) if volume else ())

    def with_firewall(self, firewall: Firewall | None) -> Self:
        """Return the same with this firewall, or none."""
        return replace(self, firewalls=(firewall,) if firewall else ())

    def without_size(self, size: str, why: str) -> Self:
        """Return the same after DigitalOcean refused a size."""
        return replace(self, refused={**self.refused, size: why})
