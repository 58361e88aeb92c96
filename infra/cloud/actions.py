"""What can be done about a difference: each action says what it does, and an estimate of its seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from infra.cloud.identity import shown
from infra.cloud.provider import NewVolume, Rules
from infra.cloud.tailnet import Device


@dataclass(frozen=True)
class CreateTag:
    """Make a tag."""

    name: str
    sign: ClassVar[str] = "+"
    seconds: ClassVar[float] = 1

    def __str__(self) -> str:
        return f"tag {shown(self.name)}"


@dataclass(frozen=True)
class CreateFirewall:
    """Make the firewall; what it guards need not be there."""

    rules: Rules
    sign: ClassVar[str] = "+"
    seconds: ClassVar[float] = 2

    def __str__(self) -> str:
        return f"firewall: {_doors(self.rules)} from anywhere, everything out"


@dataclass(frozen=True)
class ReplaceFirewall:
    """Give the firewall the rules that it should have."""

    firewall: str
    rules: Rules
    sign: ClassVar[str] = "~"
    seconds: ClassVar[float] = 2

    def __str__(self) -> str:
        return f"firewall {self.rules.name}: back to {_doors(self.rules)} from anywhere, everything out"


@dataclass(frozen=True)
class CreateVolume:
    """Make the volume."""

    volume: NewVolume
    sign: ClassVar[str] = "+"
    seconds: ClassVar[float] = 5

    def __str__(self) -> str:
        return f"volume: {self.volume.gigabytes} GiB in {self.volume.region}"


@dataclass(frozen=True)
class CreateDroplet:
    """Order the droplet; from here on it is billed."""

    name: str
    size: str
    region: str
    volume: str | None  # None while it is only planned
    sign: ClassVar[str] = "+"
    seconds: ClassVar[float] = 5

    def __str__(self) -> str:
        return f"droplet: {self.size} in {self.region}"


@dataclass(frozen=True)
class PutTag:
    """Put a tag onto what is the lab's by its name and was cut off before it got its tags."""

    tag: str
    kind: Literal["droplet", "volume"]
    identity: str
    name: str
    sign: ClassVar[str] = "~"
    seconds: ClassVar[float] = 1

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: tag {shown(self.tag)}"


@dataclass(frozen=True)
class PowerOn:
    """Start a droplet that was switched off."""

    droplet: int
    name: str
    sign: ClassVar[str] = "~"
    seconds: ClassVar[float] = 60

    def __str__(self) -> str:
        return f"droplet {self.name}: on"


@dataclass(frozen=True)
class AwaitDroplet:
    """Wait until the droplet runs and has an address."""

    droplet: int
    name: str
    sign: ClassVar[str] = " "
    seconds: ClassVar[float] = 90

    def __str__(self) -> str:
        return f"droplet {self.name}: wait until it is active"


@dataclass(frozen=True)
class AttachVolume:
    """Attach the volume to the droplet."""

    volume: str
    droplet: int
    name: str
    sign: ClassVar[str] = "~"
    seconds: ClassVar[float] = 10

    def __str__(self) -> str:
        return f"volume {self.name}: attach to its droplet"


@dataclass(frozen=True)
class DestroyDroplet:
    """Destroy the droplet, and wait until DigitalOcean says that it is gone: the bill ends there."""

    droplet: int
    name: str
    sign: ClassVar[str] = "-"
    seconds: ClassVar[float] = 30

    def __str__(self) -> str:
        return f"droplet {self.name}"


@dataclass(frozen=True)
class DeleteFirewall:
    """Delete the firewall."""

    firewall: str
    name: str
    sign: ClassVar[str] = "-"
    seconds: ClassVar[float] = 2

    def __str__(self) -> str:
        return f"firewall {self.name}"


@dataclass(frozen=True)
class RemoveDevice:
    """Take the machine out of the tailnet, so that the next one gets its name."""

    device: Device
    sign: ClassVar[str] = "-"
    seconds: ClassVar[float] = 2

    def __str__(self) -> str:
        return f"machine {self.device.name or self.device.hostname} of the tailnet"


@dataclass(frozen=True)
class LeaveTailnet:
    """Take the lab's machine out of the tailnet, and back the key that none has used."""

    machine: str
    sign: ClassVar[str] = "-"
    seconds: ClassVar[float] = 3

    def __str__(self) -> str:
        return f"machine {self.machine} of the tailnet, and its key if that is unused"


@dataclass(frozen=True)
class DeleteVolume:
    """Delete the volume and all data on it."""

    volume: str
    name: str
    sign: ClassVar[str] = "-"
    seconds: ClassVar[float] = 5

    def __str__(self) -> str:
        return f"volume {self.name} with all data of the lab"


@dataclass(frozen=True)
class DeleteTag:
    """Delete a tag."""

    name: str
    sign: ClassVar[str] = "-"
    seconds: ClassVar[float] = 1

    def __str__(self) -> str:
        return f"tag {shown(self.name)}"


Action: TypeAlias = (
    CreateTag
    | CreateFirewall
    | ReplaceFirewall
    | CreateVolume
    | CreateDroplet
    | PutTag
    | PowerOn
    | AwaitDroplet
    | AttachVolume
    | DestroyDroplet
    | DeleteFirewall
    | RemoveDevice
    | LeaveTailnet
    | DeleteVolume
    | DeleteTag
)


def _doors(rules: Rules) -> str:
    return ", ".join(f"{rule.ports}/{rule.protocol}" for rule in rules.inbound)
