"""Programs and headers that Debian has and this project does not build."""

from __future__ import annotations

from infra import process
from infra.errors import LabError
from testnode.cache import Progress

FETCH_TIMEOUT_S = 900.0
LOCK_TIMEOUT_S = 300  # for another apt-get that is running


def install(packages: tuple[str, ...], progress: Progress) -> None:
    """Install those packages that the machine lacks.

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
        process.run(
            (*command, "install", "-y", "--no-install-recommends", *missing), timeout=FETCH_TIMEOUT_S, env=quiet
        )
    except LabError as error:
        message = f"this machine lacks {' '.join(missing)} and apt-get did not install them: {error}"
        raise LabError(message) from error


def _installed(package: str) -> bool:
    query = process.run(("dpkg-query", "--show", "--showformat=${Status}", package), timeout=30, check=False)
    return query.stdout == "install ok installed"
