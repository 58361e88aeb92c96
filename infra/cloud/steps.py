"""What `up` and `park` ask of the machine itself, between "the droplet is active" and "the lab is ready"."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ailab.spec import LabSpec


@dataclass(frozen=True)
class Target:
    """One lab's machine.

    Attributes:
        lab: what shall run there.
        address: its public IPv4 address.
        folder: the lab's state folder on this machine, mode 700, the same for all runs: the place of the host key that
            was made before the droplet, and of `known_hosts`.
        identity: the operator's private ssh key, whose public half DigitalOcean puts onto a new droplet.

    """

    lab: LabSpec
    address: str
    folder: Path
    identity: Path


@dataclass(frozen=True)
class AuthKey:
    """A key that lets one machine into the tailnet once; never printed, never an argument of a program."""

    value: str = field(repr=False)


class Host(Protocol):
    """A machine on its way to a running lab.

    The steps are called in the order below, by every `up`. Each finds out by looking at the machine what is done
    already and does the rest, so that a step that was cut off is called again and ends as if it had not been. One that
    finds nothing to do changes nothing. A step raises `LabError` with one line when it cannot get on, and waits no
    longer than it promises.
    """

    def check(self, lab: LabSpec) -> None:
        """Make sure that what goes to the machine is there and is of the lab as its file is now."""
        ...

    def make_keys(self, lab: LabSpec, folder: Path) -> None:
        """Make what opens the volume, in the lab's state folder, before there is a volume; what is there stays."""
        ...

    def lacks(self, folder: Path, *, machine: bool) -> tuple[str, ...]:
        """Name the files that the folder does not have, and without which a volume that is there cannot be read.

        Args:
            folder: the lab's state folder.
            machine: also those by which a machine that is there is known.

        """
        ...

    def recovery(self, folder: Path, target: Target | None) -> str:
        """Say where else such files are, and how a person brings them into the folder.

        Args:
            folder: the lab's state folder.
            target: the machine that has them; None where there is the volume alone.

        """
        ...

    def user_data(self, lab: LabSpec, folder: Path) -> str:
        """Return what the new droplet's first boot runs; every process there can read it, so it holds no secret."""
        ...

    def reach(self, target: Target) -> None:
        """Wait until ssh answers with a host key that is known."""
        ...

    def install(self, target: Target) -> None:
        """Put NixOS onto the machine, with the host key and the volume mounted, and start what `rest` has stopped."""
        ...

    def hand_over(self, target: Target, key: AuthKey | None) -> None:
        """Give the machine its secrets; a key where it is not in the tailnet yet."""
        ...

    def member(self, target: Target) -> str | None:
        """Say by which id the tailnet knows the machine; None where it is in none, or has no NixOS yet."""
        ...

    def ship(self, target: Target) -> None:
        """Bring the configuration of NixOS and the manifests up to date."""
        ...

    def wait(self, target: Target) -> None:
        """Wait until k3s runs, has all manifests, and every part is available."""
        ...

    def rest(self, target: Target) -> None:
        """Stop what writes to the volume and unmount it: after this the droplet may be destroyed at any moment.

        On a machine that was never installed nothing is to be done.
        """
        ...
