"""A later change of a running machine: tried under a guard that undoes it, unless a fresh login shows that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from infra.errors import LabError
from infra.shipping.bundle import Entry
from infra.shipping.install import Told, locked, replace_tree
from infra.shipping.places import CONFIGURATION, SYSTEM_MARK
from infra.shipping.sight import Machine
from infra.ssh import answers

STAGED: Final = PurePosixPath("/run/gpu-lab-nixos")
BUILD_SECONDS: Final = 3600
GUARD: Final = 'exec sh "$1/scripts/rollback.sh" "$2" "path:$1#$3"'
MARK: Final = """printf '%s\\n' "$2" >"$1"\n"""


def change(machine: Machine, lab: str, configuration: Sequence[Entry], version: str, tell: Told) -> bool:
    """Let a running machine have another configuration; returns whether it had to.

    The guard on the machine restarts it into its former system unless the change is confirmed within minutes, and only
    what was confirmed is what it starts from the next time.

    Args:
        machine: as it was seen, running the lab's NixOS.
        lab: name of the machine's configuration in the flake.
        configuration: the flake.
        version: digest of the configuration.
        tell: is told what begins.

    Raises:
        LabError: it does not build, or nobody can log in any more.

    """
    if machine.installed == version:
        return False
    login = machine.login
    tell("trying the new configuration")
    replace_tree(login, STAGED, configuration)
    locked(login, GUARD, str(STAGED), "try", lab, seconds=BUILD_SECONDS)
    if not answers(login):
        message = (
            f"{login.address}: with the new configuration nobody gets in by ssh; the machine restarts into its former "
            "one within 5 minutes: undo the change in nixos/, or repair it, then run this again"
        )
        raise LabError(message)
    tell("keeping the new configuration")
    locked(login, GUARD, str(STAGED), "confirm", lab, seconds=BUILD_SECONDS)
    replace_tree(login, CONFIGURATION, configuration)
    locked(login, MARK, str(SYSTEM_MARK), version, seconds=30)
    return True
