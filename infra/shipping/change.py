"""A later change of a running machine: tried under a guard that undoes it, unless a fresh login shows that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from infra.errors import LabError
from infra.shipping.bundle import Entry
from infra.shipping.install import Told, locked, replace_tree
from infra.shipping.places import CONFIGURATION, LOCK, SYSTEM_MARK
from infra.shipping.sight import Machine
from infra.ssh import Login, LoginRefusedError, answers, run

STAGED: Final = PurePosixPath("/run/gpu-lab-nixos")
BUILD_SECONDS: Final = 3600
GUARD: Final = "lab-rollback"  # nixos/scripts/rollback.sh of the system that runs, not of the one that is tried
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
    guarded(login, "try", f"path:{STAGED}#{lab}")
    if not _lets_in(login):
        message = (
            f"{login.address}: with the new configuration nobody gets in by ssh; the machine restarts into its former "
            "one within 5 minutes: undo the change in nixos/, or repair it, then run this again"
        )
        raise LabError(message)
    tell("keeping the new configuration")
    guarded(login, "confirm", f"path:{STAGED}#{lab}")
    replace_tree(login, CONFIGURATION, configuration)
    locked(login, MARK, str(SYSTEM_MARK), version, seconds=30)
    return True


def _lets_in(login: Login) -> bool:
    try:
        return answers(login)
    except LoginRefusedError:  # which is final elsewhere, and here what the guard is for
        return False


def guarded(login: Login, *words: str) -> None:
    """Run the guard, alone."""
    run(login, "flock", str(LOCK), GUARD, *words, timeout=BUILD_SECONDS)
