"""A later change of a running machine: tried under a guard that undoes it, unless a fresh login shows that it holds."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

from ailab.host_facts import TRIAL, TRIAL_MINUTES
from infra.errors import LabError
from infra.process import CommandError
from infra.shipping.flake import Flake
from infra.shipping.install import RESTART, RESTART_SECONDS, Told, locked, replace_tree, stage
from infra.shipping.places import CONFIGURATION, EXCLUSION, SYSTEM_MARK
from infra.shipping.sight import Machine
from infra.ssh import Login, LoginRefusedError, UnreachableError, answers, run, script

BUILD_SECONDS: Final = 3600
LOGIN_SECONDS: Final = 90  # the network may restart with the new configuration
POLL_SECONDS: Final = 2
# nixos/scripts/rollback.sh of the system that runs, not of the one that is tried; nixos/modules/upgrade.nix sets it up.
GUARD: Final = "lab-rollback"
TRIED: Final = TRIAL / "tried"  # is there between trying and confirming
RESTART_NEEDED: Final = "rollback: restart needed"  # the guard says so where kernel or driver is not the new one
BOOT: Final = "/proc/sys/kernel/random/boot_id"  # another one after each start (random(4))
# sshd answers before the volume is there. That a unit is not well has other ways to be seen.
STARTED: Final = "systemctl is-system-running --wait >/dev/null || :"
MARK: Final = """printf '%s\\n' "$2" >"$1"\n"""


def change(machine: Machine, flake: Flake, tell: Told) -> bool:
    """Let a running machine have another configuration; returns whether it had to.

    The guard on the machine restarts it into its former system unless the change is confirmed within minutes, and only
    what was confirmed is what it starts from the next time. With another kernel or driver it restarts then; that start
    is not guarded.

    Args:
        machine: as it was seen, running the lab's NixOS.
        flake: the configuration.
        tell: is told what begins.

    Raises:
        LabError: it does not build, nobody can log in any more, or the machine does not come back from its restart.

    """
    login = machine.login
    if machine.installed == flake.version:
        return False
    flake = stage(login, flake, tell)
    if machine.installed == flake.version:  # the lock alone was missing here
        return False
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
    said = _guarded(login, "confirm")
    replace_tree(login, CONFIGURATION, flake.files)
    if RESTART_NEEDED in said.splitlines():
        tell("restarting with the new kernel")
        _restart(login)
    # Last: where this was broken off, the next run asks the guard again, who knows whether a restart is still needed.
    locked(login, MARK, str(SYSTEM_MARK), flake.version, seconds=30)
    return True


def _guarded(login: Login, what: str) -> str:
    return run(login, "flock", str(EXCLUSION), GUARD, what, timeout=BUILD_SECONDS).stdout


def _restart(login: Login) -> None:
    """Restart the machine and wait until it has started."""
    before = run(login, "cat", BOOT, timeout=30).stdout
    script(login, RESTART, timeout=30)
    deadline = time.monotonic() + RESTART_SECONDS
    while time.monotonic() < deadline:
        with suppress(UnreachableError, CommandError):  # it ends, or begins
            if run(login, "cat", BOOT, timeout=30).stdout != before:
                script(login, STARTED, timeout=RESTART_SECONDS)
                return
        time.sleep(POLL_SECONDS)
    message = (
        f"{login.address}: has not come back after {RESTART_SECONDS} s with the new kernel; choose the former system "
        "in the boot menu of the droplet's console, or make another droplet with ./lab park and ./lab up"
    )
    raise LabError(message)


def _lets_in(login: Login) -> bool:
    """Find out whether a fresh login succeeds, soon."""
    deadline = time.monotonic() + LOGIN_SECONDS
    while time.monotonic() < deadline:
        with suppress(LoginRefusedError):  # which is final elsewhere, and here what the guard is for
            if answers(login):
                return True
        time.sleep(POLL_SECONDS)
    return False
