"""What a machine is now, found out by looking: which system runs, and what has been done to its disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from infra.errors import LabError
from infra.shipping.keys import Identity
from infra.shipping.places import DISK_MARK, SYSTEM_MARK, TARGET, below
from infra.ssh import Login, StrangerError, UnreachableError, script

LOOK_SECONDS: Final = 30
POLL_SECONDS: Final = 2
# os-release(5); the installer of nixos-images calls itself VARIANT_ID=installer, and its disk is mounted at /mnt.
LOOK: Final = """\
. /etc/os-release
echo "$ID" "${VARIANT_ID:-none}"
for mark in "$@"; do cat "$mark" 2>/dev/null || echo none; done
"""


class System(StrEnum):
    """What runs on a machine."""

    STOCK = "stock"  # the image that the droplet was made from
    INSTALLER = "installer"  # NixOS's, in memory
    NIXOS = "nixos"  # the lab's own


@dataclass(frozen=True)
class Machine:
    """A machine as it was seen.

    Attributes:
        login: by which it was seen: the lasting key answers only where NixOS has been installed.
        system: what runs there.
        disk: whether its disk is partitioned, formatted and mounted.
        installed: digest of the configuration that its disk (or itself, where NixOS runs) holds whole.

    """

    login: Login
    system: System
    disk: bool
    installed: str | None


@dataclass(frozen=True)
class Doors:
    """The two logins of one machine, by the lasting key and by that of the first boot."""

    lasting: Login
    first_boot: Login

    @classmethod
    def of(cls, identity: Identity, login: Login) -> Doors:
        """Derive both from a login that names the machine by its lab."""
        first = Login(login.address, identity.first_boot_name, login.known_hosts, login.identity, login.port)
        return cls(login, first)


def look(doors: Doors) -> Machine:
    """Look at the machine.

    Raises:
        UnreachableError: nobody answers.
        StrangerError: whoever answers has neither key.
        LabError: it does not take the operator's key, or runs what no step can begin with.

    """
    try:
        return _seen(doors.lasting)
    except StrangerError:
        return _seen(doors.first_boot)


def wait_for(doors: Doors, wanted: Callable[[Machine], bool], seconds: float, what: str) -> Machine:
    """Look again and again until the machine is as it shall be.

    Raises:
        LabError: it is not after `seconds`; the message has `what` and why.

    """
    deadline = time.monotonic() + seconds
    why = "it answers, but not yet as it shall"
    while True:
        try:
            machine = look(doors)
            if wanted(machine):
                return machine
            why = f"it runs {machine.system}"
        except (UnreachableError, StrangerError) as error:
            why = str(error)
        if time.monotonic() > deadline:
            message = f"{doors.lasting.address}: {what} was not so after {seconds:g} s: {why}"
            raise LabError(message)
        time.sleep(POLL_SECONDS)


def _seen(login: Login) -> Machine:
    marks = (
        below(TARGET, DISK_MARK),
        below(TARGET, SYSTEM_MARK),
        SYSTEM_MARK,
    )
    said = script(login, LOOK, *map(str, marks), timeout=LOOK_SECONDS).stdout.splitlines()
    (name, variant), (disk, to_be, running) = said[0].split(), said[1:]
    if name != "nixos":
        return Machine(login, System.STOCK, disk=False, installed=None)
    if variant == System.INSTALLER:
        return Machine(login, System.INSTALLER, disk=disk != "none", installed=_digest(to_be))
    return Machine(login, System.NIXOS, disk=True, installed=_digest(running))


def _digest(mark: str) -> str | None:
    return None if mark == "none" else mark
