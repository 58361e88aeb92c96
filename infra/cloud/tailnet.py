"""What a lab asks of its tailnet; `infra.tailscale` asks the real one."""

from __future__ import annotations

from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from infra.cloud.steps import AuthKey

MACHINES: Final = "https://login.tailscale.com/admin/machines"
"""Where a person sees and removes the machines of a tailnet."""


class Device(BaseModel):
    """A machine of the tailnet.

    Attributes:
        id: by which the API knows it.
        hostname: what it calls itself: the lab's name.
        name: by which others reach it; a second one of the same hostname has a number at its end.

    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    hostname: str
    name: str = ""
    tags: tuple[str, ...] = ()


class Tailnet(Protocol):
    """A tailnet; everything raises `CloudError`."""

    def devices(self, hostname: str) -> tuple[Device, ...]:
        """List the labs' machines of that name."""
        ...

    def mint(self, description: str) -> AuthKey:
        """Make a key for one machine, and take back what was made with that description and not used."""
        ...

    def revoke(self, description: str) -> None:
        """Take back the keys that were made with that description and not used; none is fine too."""
        ...

    def remove(self, device: Device) -> None:
        """Remove a machine; none is fine too."""
        ...
