"""A lab's manifests on their way to k3s: one file, which it applies and keeps applied."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from infra.errors import LabError
from infra.shipping.bundle import FILE, Entry, archive
from infra.shipping.places import MANIFESTS
from infra.ssh import Login, script

SECONDS: Final = 60
# Beside the folder, on the same disk, and then into it: k3s never sees half a file. It reads a file again whose time is
# another one, so the file has the machine's own time of now. Left as it is where nothing changed.
DELIVER: Final = """\
[ -d "$1" ] || { echo "$1: is no folder; k3s makes it when it first starts" >&2; exit 1; }
mkdir -p "$1.new"
tar --extract --no-same-owner --preserve-permissions --directory="$1.new"
if cmp -s "$1.new/$2" "$1/$2"; then
  rm "$1.new/$2"
else
  touch "$1.new/$2"
  sync "$1.new/$2"
  mv "$1.new/$2" "$1/$2"
  echo changed
fi
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


def file_of(lab: str) -> str:
    """Name a lab's file in k3s's folder."""
    return f"{addon(lab)}.yaml"


def deliver(login: Login, lab: str, folder: Path) -> bool:
    """Give k3s a lab's manifests; returns whether they are others than before.

    Raises:
        LabError: there are none, k3s has not started yet, or the machine does not take them.

    """
    name = file_of(lab)
    entry = Entry(PurePosixPath(name), FILE, joined(folder))
    done = script(login, DELIVER, str(MANIFESTS), name, stdin=archive([entry]), timeout=SECONDS)
    return done.stdout == "changed\n"
