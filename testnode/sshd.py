"""Debian's sshd, unpacked but not installed: an installed one would listen on the machine's own port 22."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from infra import process
from infra.errors import LabError
from testnode.cache import Recipe, key
from testnode.debian import FETCH_TIMEOUT_S

# The libraries among these are those that Debian's own ssh client does not bring.
PACKAGES: Final = ("openssh-server", "libwrap0", "libnsl2", "libtirpc3")
PROGRAM: Final = "usr/sbin/sshd"
LIBRARIES: Final = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")


def _make(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)  # apt-get fetches as a user of its own
        try:
            process.run(("apt-get", "-qq", "update"), timeout=FETCH_TIMEOUT_S)
            process.run(("apt-get", "-qq", "download", *PACKAGES), timeout=FETCH_TIMEOUT_S, cwd=Path(name))
        except LabError as error:
            message = f"openssh-server cannot be fetched: {error}"
            raise LabError(message) from error
        for package in sorted(Path(name).glob("*.deb")):
            process.run(("dpkg-deb", "--extract", package, folder), timeout=60)


RECIPE: Final = Recipe("openssh-server", key(*PACKAGES), _make)
