"""What a lab asks of its tailnet; `infra.tailscale` asks the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from infra.cloud.steps import AuthKey

MACHINES: Final = "https://login.tailscale.com/admin/machines"
"""Where a person sees and removes the machines of a tailnet."""


class Device(BaseModel):
    """A machine of the tailnet.

    Attributes:
        id: by which the API, and the machine itself, knows it; where the API gives two, the one that it prefers.
        hostname: what it calls itself: the lab's name.
        name: by which others reach it; a second one of the same hostname has a number at its end.

    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(validation_alias=AliasChoices("nodeId", "id"))
    hostname: str
    name: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewKey:
    """A key that was just made.

    Attributes:
        id: by which it is taken back.
        key: what lets a machine in.

    """

    id: str
    key: AuthKey


class Tailnet(Protocol):
    """A tailnet; everything raises `CloudError`."""

    def devices(self, hostname: str) -> tuple[Device, ...]:
        """List the labs' machines of that name."""
        ...

    def mint(self, description: str) -> NewKey:
        """Make a key for one machine."""
        ...

    def revoke(self, description: str, number: str | None) -> None:
        """Take back the key of this id, or, where none is known, all with that description; none is fine too."""
        ...

    def remove(self, device: Device) -> None:
        """Remove a machine; none is fine too."""
        ...
