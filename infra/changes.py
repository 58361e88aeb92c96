"""What another `./lab up` would change on a lab's machine: its NixOS, and the manifests in its cluster."""

from __future__ import annotations

import difflib
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ailab.spec import LabSpec
from infra.diff import differences, has_namespace
from infra.labs import DIST
from infra.shipping.cluster import OnMachine
from infra.shipping.flake import Flake
from infra.shipping.host import NIXOS
from infra.shipping.manifests import joined
from infra.shipping.places import CONFIGURATION
from infra.ssh import Login, script

SECONDS: Final = 60
# Where there is no such folder yet, an archive of nothing.
READ: Final = 'tar --create --directory="$1" . 2>/dev/null || tar --create --files-from=/dev/null'


@dataclass(frozen=True)
class Changes:
    """Lines as `diff` writes them, each file or object named before its own; none where nothing changes."""

    nixos: tuple[str, ...]
    manifests: tuple[str, ...]


def changes(lab: LabSpec, login: Login, configuration: Path = NIXOS, dist: Path = DIST) -> Changes:
    """Compare what `./lab up` would bring to a machine with what the machine has; nothing there is changed.

    Args:
        lab: the lab.
        login: its machine.
        configuration: folder of the flake.
        dist: folder of the labs' manifests.

    Raises:
        LabError: the machine, or its cluster, does not answer.

    """
    flake = Flake.read(configuration, lab.name)
    wanted = {str(entry.path): _text(entry.content) for entry in flake.files if entry.content is not None}
    return Changes(tuple(_between(_configuration(login), wanted)), _manifests(lab, OnMachine(login), dist / lab.name))


def _configuration(login: Login) -> dict[str, str]:
    """Read the flake that was last shipped, by path."""
    said = script(login, READ, str(CONFIGURATION), timeout=SECONDS).stdout
    with tarfile.open(fileobj=io.BytesIO(said.encode())) as archive:
        files = ((member.name.removeprefix("./"), archive.extractfile(member)) for member in archive)
        return {name: _text(file.read()) for name, file in files if file}


def _between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = (files.get(name, "").splitlines() for files in (before, after))
        # The two lines that name the file would say the same twice.
        if changed := list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]:
            yield name
            yield from changed


def _manifests(lab: LabSpec, ask: OnMachine, folder: Path) -> tuple[str, ...]:
    if not has_namespace(lab.namespace, ask):
        return (f"all of {lab.namespace}: the cluster has nothing of it yet",)
    # k3s applies by annotations of its own; kubectl, comparing by its own, would find each object without one.
    words = ("--server-side", "--force-conflicts", "--filename=-")
    return differences(folder, ask, *words, stdin=joined(folder).decode())


def _text(content: bytes) -> str:
    return content.decode(errors="replace")
