"""A lab's configuration of NixOS: the files of a folder, and among them the lock that says what its inputs are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from infra.errors import LabError
from infra.shipping.bundle import FILE, Entry, digest, tree
from infra.shipping.disclosure import LOCK, Known, fault

UNFINISHED = PurePosixPath(f"{LOCK}.new")


@dataclass(frozen=True)
class Flake:
    """The configuration as it was read.

    Attributes:
        folder: where it was read.
        files: what goes to a machine.

    """

    folder: Path
    files: Sequence[Entry]

    @classmethod
    def read(cls, folder: Path, lab: str, known: Sequence[Known] = ()) -> Self:
        """Read what a lab's machine is built of from a folder, as it is now.

        Raises:
            LabError: a file is of no kind that a machine is built of, or has a private key or one of the secrets that
                are known here.

        """
        files = [entry for entry in tree(folder) if _is_read(entry.path, lab)]
        if found := fault(files, known):
            name, why = found
            message = (
                f"{folder / name}: {why}, and what is shipped from {folder} can be read by everybody on the machine, "
                "in Nix's store; take it out of there"
            )
            raise LabError(message)
        return cls(folder, files)

    @property
    def version(self) -> str:
        """Name the content: it differs where any path, mode or byte differs."""
        return digest(self.files)

    @property
    def lock(self) -> bytes | None:
        """The lock, where there is one."""
        return next((entry.content for entry in self.files if entry.path == LOCK), None)

    def locked(self, lock: bytes) -> Self:
        """Give the same with this lock, which is kept in the folder, too: no later machine gets other inputs.

        Raises:
            LabError: it cannot be written there, or there is another one: a machine must not choose what the next is
                built of.

        """
        if lock == self.lock:
            return self
        if self.lock is not None:
            message = (
                f"{self.folder / LOCK}: a machine locks other inputs; where flake.nix names new ones, delete the file"
            )
            raise LabError(message)
        new = self.folder / UNFINISHED
        try:
            new.write_bytes(lock)
            new.replace(self.folder / LOCK)
        except OSError as error:
            message = f"{self.folder / LOCK}: not written ({error.strerror}); every later machine is built of it"
            raise LabError(message) from error
        return type(self)(self.folder, sorted([*self.files, Entry(LOCK, FILE, lock)], key=lambda entry: entry.path))


def _is_read(path: PurePosixPath, lab: str) -> bool:
    """Whether a lab's machine is built of a file: a change of another one must not be tried on it."""
    match path.parts:
        case ("README.md",) | ("tests", *_) | (UNFINISHED.name,):
            return False
        case ("labs", name):
            return name == f"{lab}.json"
    return True
