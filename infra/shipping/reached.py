"""Where a lab's machine was last reached, kept beside its keys, so that `./lab ssh` and the like need no cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from infra import private_file
from infra.errors import LabError
from infra.shipping.keys import Identity
from infra.ssh import Login


class NeverReachedError(LabError):
    """The machine was not reached from here yet."""


class Reached(BaseModel):
    """An address, and the operator's private key that root there takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    identity: Path

    def remember(self, folder: Path) -> None:
        """Write it into the lab's folder.

        Raises:
            LabError: it cannot be written.

        """
        private_file.write(folder / "machine.json", self.model_dump_json(indent=2) + "\n")

    @classmethod
    def recall(cls, folder: Path) -> Self:
        """Read what was remembered.

        Raises:
            NeverReachedError: this operator has not reached the lab's machine yet.
            LabError: the file is none of ours.

        """
        file = folder / "machine.json"
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            message = f"{folder.name}: no machine was reached from here yet; ./lab up makes one, or finds it again"
            raise NeverReachedError(message) from None
        except ValidationError:
            message = f"{file}: cannot be read; delete it, and ./lab up writes it anew"
            raise LabError(message) from None

    def login(self, identity: Identity) -> Login:
        """Give root's login by the lab's lasting host key."""
        return Login(self.address, identity.lab, identity.known_hosts, self.identity)
