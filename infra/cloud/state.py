"""What is remembered of a lab: the content of its `state.json`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from infra.cloud.identity import Identity


class Kind(StrEnum):
    """What costs money or may be there once only, and so needs an intent."""

    DROPLET = "droplet"
    VOLUME = "volume"
    FIREWALL = "firewall"


class Entry(BaseModel):
    """A thing that was made, or is about to be made.

    Attributes:
        id: DigitalOcean's; None for an intent: it was asked for, and whether it was made is not known.
        at: when it was asked for, or its end.
        doomed: whether its end was asked for.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None
    at: datetime
    doomed: bool = False


class State(BaseModel):
    """The file's content.

    Attributes:
        version: of the file's form.
        lab: the lab's name.
        uid: the lab's own.
        owner: uuid of the DigitalOcean team, or account, that has the lab.
        things: what was made or asked for.
        joined: whether a machine of the lab, or a key for one, may be in the tailnet.
        device: Tailscale's id of that machine; None until it is known.
        key: Tailscale's id of the key that is out; None where none is, or its making was cut off.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    lab: str
    uid: str
    owner: str
    things: dict[Kind, Entry] = {}
    joined: bool = False
    device: str | None = None
    key: str | None = None

    @property
    def identity(self) -> Identity:
        """Whose it is."""
        return Identity(self.lab, self.uid)

    @property
    def intents(self) -> tuple[Kind, ...]:
        """What was asked for with an unknown outcome."""
        return tuple(kind for kind, entry in self.things.items() if entry.id is None)
