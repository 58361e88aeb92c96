"""The place of a lab's machine in the tailnet: a key for it, its id as soon as that is known, and its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from infra.cloud.convergence import AmbiguityError, not_ours
from infra.cloud.observed import Observed
from infra.cloud.record import Record
from infra.cloud.steps import AuthKey
from infra.cloud.tailnet import MACHINES, Tailnet
from infra.errors import LabError

Ask: TypeAlias = Callable[[], str | None]
"""Asks a machine by which id the tailnet knows it; None where it is in none."""


@dataclass(frozen=True)
class Membership:
    """One lab's place. A name and a tag may be another lab's, too: only what has the id is taken out.

    Attributes:
        tailnet: where the place is.
        record: keeps the ids.

    """

    tailnet: Tailnet
    record: Record

    def key(self, seen: Observed, ask: Ask) -> AuthKey | None:
        """Make a key where the machine is not in the tailnet; one that was parked is, by what its volume holds.

        Raises:
            LabError: a machine of the lab's name is there which is another one, or no key can be had.

        """
        if seen.member:
            return None
        if seen.devices:
            own = ask()
            if own not in {device.id for device in seen.devices}:
                raise AmbiguityError(not_ours(seen.devices[0]))
            self.record.enter(own)
            return None
        self._take_back()
        self.record.mint(None)
        made = self.tailnet.mint(self.record.state.identity.key)
        self.record.mint(made.id)
        return made.key

    def learn(self, ask: Ask) -> None:
        """Keep the machine's id, where the machine is in the tailnet and says so."""
        if own := ask():
            self.record.enter(own)

    def learn_if_possible(self, ask: Ask) -> None:
        """Do so where the id is not known; whatever hinders it hinders nothing else."""
        if self.record.state.device is None:
            with suppress(LabError):
                self.learn(ask)

    def _take_back(self) -> None:
        """Take back the key that is out; none is where a machine has used it."""
        state = self.record.state
        if state.joined and state.device is None:
            self.tailnet.revoke(state.identity.key, state.key)

    def leave(self) -> None:
        """Take the machine out, and back the key that none has used.

        Raises:
            LabError: the tailnet does not answer; or a machine of the name is there, and whose it is nothing here says.

        """
        state = self.record.state
        try:
            found = self.tailnet.devices(state.lab)
            for device in found:
                if device.id == state.device:
                    self.tailnet.remove(device)
            self._take_back()
        except LabError as error:
            message = (
                f"{error}; its machine {state.lab} may still be in the tailnet, and all else is done: ./lab down "
                f"takes it away, or you do at {MACHINES}"
            )
            raise LabError(message) from None
        self.record.leave()
        if found and state.device is None:
            message = (
                f"all is done, but the tailnet has a machine {found[0].name or state.lab}, and nothing here says "
                f"whether it was this lab's; if it was, remove it at {MACHINES}"
            )
            raise LabError(message)
