"""A later change of a running machine: tried under a guard that undoes it, unless a fresh login shows that it holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from ailab.host_facts import STAGED, TRIAL, TRIAL_MINUTES
from infra.errors import LabError
from infra.shipping.bundle import Entry
from infra.shipping.install import Told, locked, replace_tree
from infra.shipping.places import CONFIGURATION, LOCK, SYSTEM_MARK
from infra.shipping.sight import Machine
from infra.ssh import Login, LoginRefusedError, UnreachableError, answers, run

BUILD_SECONDS: Final = 3600
LOGIN_SECONDS: Final = 90  # the network may restart with the new configuration
POLL_SECONDS: Final = 2
# nixos/scripts/rollback.sh of the system that runs, not of the one that is tried; nixos/modules/upgrade.nix sets it up.
GUARD: Final = "lab-rollback"
TRIED: Final = TRIAL / "tried"  # is there between trying and confirming
MARK: Final = """printf '%s\\n' "$2" >"$1"\n"""


def change(machine: Machine, configuration: Sequence[Entry], version: str, tell: Told) -> bool:
    """Let a running machine have another configuration; returns whether it had to.

    The guard on the machine restarts it into its former system unless the change is confirmed within minutes, and only
    what was confirmed is what it starts from the next time.

    Args:
        machine: as it was seen, running the lab's NixOS.
        configuration: the flake.
        version: digest of the configuration.
        tell: is told what begins.

    Raises:
        LabError: it does not build, or nobody can log in any more.

    """
    if machine.installed == version:
        return False
    login = machine.login
    replace_tree(login, STAGED, configuration)
    if run(login, "test", "-e", str(TRIED), timeout=30, check=False).status != 0:
        tell("trying the new configuration")
        # A restart of the network may break this very connection; whether all is well the fresh login says.
        with suppress(UnreachableError):
            _guarded(login, "try")
    if not _lets_in(login):
        message = (
            f"{login.address}: with the new configuration nobody gets in by ssh; the machine restarts into its former "
            f"one within {TRIAL_MINUTES} minutes: undo the change in nixos/, or repair it, then run this again"
        )
        raise LabError(message)
    tell("keeping the new configuration")
    _guarded(login, "confirm")
    replace_tree(login, CONFIGURATION, configuration)
    locked(login, MARK, str(SYSTEM_MARK), version, seconds=30)
    return True


def _guarded(login: Login, what: str) -> None:
    run(login, "flock", str(LOCK), GUARD, what, timeout=BUILD_SECONDS)


def _lets_in(login: Login) -> bool:
    """Find out whether a fresh login succeeds, soon."""
    deadline = time.monotonic() + LOGIN_SECONDS
    while time.monotonic() < deadline:
        with suppress(LoginRefusedError):  # which is final elsewhere, and here what the guard is for
            if answers(login):
                return True
        time.sleep(POLL_SECONDS)
    return False
