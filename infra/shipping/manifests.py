"""A lab's manifests on their way to k3s: one file, which it applies and keeps applied."""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath
from typing import Final

from infra.errors import LabError
from infra.shipping.bundle import FILE, Entry, archive
from infra.shipping.places import MANIFESTS
from infra.ssh import Login, script

SECONDS: Final = 60
# Beside the folder and then into it: k3s never sees half a file. Left as it is where nothing changed.
DELIVER: Final = """\
mkdir -p "$1" "$1.new"
tar --extract --no-same-owner --preserve-permissions --directory="$1.new"
if cmp -s "$1.new/$2" "$1/$2"; then rm "$1.new/$2"; else mv "$1.new/$2" "$1/$2"; echo changed; fi
rmdir "$1.new"
"""


def joined(folder: Path) -> bytes:
    """Join a lab's files, in the order of their names: namespaces come first.

    One file, since k3s takes away what disappears inside a file, but not what was in a file that disappears
    (https://docs.k3s.io/installation/packaged-components#file-requirements).

    Raises:
        LabError: there are none.

    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        message = f"{folder}: has no manifests; run ./lab synth"
        raise LabError(message)
    return b"---\n".join(file.read_bytes() for file in files)


def addon(lab: str) -> str:
    """Name what k3s makes of a lab's file: the file's name up to its first dot, and none of k3s's own."""
    return f"lab-{lab}"  # a lab's name has no dot


def deliver(login: Login, lab: str, folder: Path) -> bool:
    """Give k3s a lab's manifests; returns whether they are others than before.

    The file is new even where it is the same as one before: k3s takes a file of 1970 for one that it knows.

    Raises:
        LabError: there are none, or the machine does not take them.

    """
    name = f"{addon(lab)}.yaml"
    entry = Entry(PurePosixPath(name), FILE, joined(folder))
    packed = archive([entry], modified=time.time())
    return script(login, DELIVER, str(MANIFESTS), name, stdin=packed, timeout=SECONDS).stdout == "changed\n"
