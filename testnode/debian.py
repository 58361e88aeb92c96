"""Programs and headers that Debian has and this project does not build."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import process
from infra.errors import LabError
from testnode.cache import Progress

FETCH_TIMEOUT_S = 900.0
LOCK_TIMEOUT_S = 300  # for another apt-get that is running
# What Debian asks before a package starts its service; 101 forbids it, 0 permits it (deb-systemd-invoke(1p)).
POLICY = Path("/usr/sbin/policy-rc.d")
OURS = "# Of gpu-lab's test node, while it installs packages."


def install(packages: tuple[str, ...], progress: Progress) -> None:
    """Install those packages that the machine lacks, and start none of their services.

    Raises:
        LabError: this is no Debian, or a package cannot be installed.

    """
    missing = tuple(package for package in packages if not _installed(package))
    if not missing:
        return
    progress(f"apt-get: installing {' '.join(missing)}")
    command = ("apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={LOCK_TIMEOUT_S}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        process.run((*command, "update"), timeout=FETCH_TIMEOUT_S, env=quiet)
        with _no_service_starts():
            process.run(
                (*command, "install", "-y", "--no-install-recommends", *missing), timeout=FETCH_TIMEOUT_S, env=quiet
            )
    except (LabError, OSError) as error:
        message = f"this machine lacks {' '.join(missing)} and apt-get did not install them: {error}"
        raise LabError(message) from error


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Forbid packages to start services: the tests start programs themselves, and only they should have the ports.

    A policy of the machine's owner stays as it is. Ours forbids nothing once this process is gone, however it ended.
    """
    if POLICY.exists() and OURS not in POLICY.read_text(encoding="utf-8"):
        yield
        return
    POLICY.write_text(f"#!/bin/sh\n{OURS}\n! kill -0 {os.getpid()} || exit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def _installed(package: str) -> bool:
    query = process.run(("dpkg-query", "--show", "--showformat=${Status}", package), timeout=30, check=False)
    return query.stdout == "install ok installed"
