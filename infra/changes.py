"""What another `./lab up` would change on a lab's machine: its NixOS, and the manifests in its cluster."""

from __future__ import annotations

import base64
import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

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
# What is there, a letter for its kind before each; nothing where no flake was shipped yet.
LIST: Final = '[ ! -d "$1" ] || find "$1" -mindepth 1 ! -type d -printf "%y %P\\0"'
# In letters, a line for each file: what ssh prints is read as text.
READ: Final = 'cd "$1"; shift; for name; do base64 --wrap=0 "$name"; echo; done'
FILE: Final = "f"  # find's letter


@dataclass(frozen=True)
class Changes:
    """Lines as `diff` writes them, each file or object named before its own; none where nothing changes."""

    nixos: tuple[str, ...]
    manifests: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether nothing would change."""
        return not (self.nixos or self.manifests)


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
    wanted = {str(entry.path): entry.content for entry in flake.files if entry.content is not None}
    nixos = tuple(_between(Shipped.read(login, wanted), wanted))
    return Changes(nixos, _manifests(lab, OnMachine(login), dist / lab.name))


@dataclass(frozen=True)
class Shipped:
    """What lies where the flake was last shipped.

    Attributes:
        files: content of the files that the configuration has, too, by path.
        others: paths of all else: what is in it is nobody's business, and is not read.

    """

    files: Mapping[str, bytes]
    others: frozenset[str]

    @classmethod
    def read(cls, login: Login, names: Collection[str]) -> Self:
        """Read it from a machine; links are followed nowhere."""
        listed = script(login, LIST, str(CONFIGURATION), timeout=SECONDS).stdout.split("\0")
        there = {path: kind for kind, _, path in (line.partition(" ") for line in listed if line)}
        known = [path for path, kind in there.items() if kind == FILE and path in names]
        said = script(login, READ, str(CONFIGURATION), *known, timeout=SECONDS).stdout if known else ""
        contents = map(base64.b64decode, said.splitlines())
        return cls(dict(zip(known, contents, strict=True)), frozenset(there.keys() - known))


def _between(before: Shipped, after: Mapping[str, bytes]) -> Iterator[str]:
    for name in sorted({*before.others, *after}):
        if name in before.others:
            yield f"{name}: is no file of the configuration; ./lab up takes it away"
        old, new = before.files.get(name, b""), after.get(name, b"")
        if old == new:
            continue
        try:
            lines = difflib.unified_diff(old.decode().splitlines(), new.decode().splitlines(), lineterm="", n=0)
        except UnicodeDecodeError:
            yield f"{name}: differs, and is no text"
            continue
        yield name
        yield from list(lines)[2:]  # the two lines that name the file would say the same twice


def _manifests(lab: LabSpec, ask: OnMachine, folder: Path) -> tuple[str, ...]:
    if not has_namespace(lab.namespace, ask):
        return (f"all of {lab.namespace}: the cluster has nothing of it yet",)
    # k3s applies by annotations of its own; kubectl, comparing by its own, would find each object without one.
    words = ("--server-side", "--force-conflicts", "--filename=-")
    return differences(folder, ask, *words, stdin=joined(folder).decode())
