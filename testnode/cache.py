"""Things that take minutes to build, kept outside the tree and built once.

A thing is found by its name and a key over everything that it is made from, so a changed recipe
makes a new thing. It is built at its final path, because Python environments know where they
live, and counts only when its mark is written at the very end: a build that was interrupted is
thrown away by the next one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Progress = Callable[[str], None]
"""Told about a long piece of work, one line at a time."""

HEARTBEAT_S = 30.0
MARK = ".complete"
KEY_LENGTH = 16


def root() -> Path:
    """Return this project's cache folder; it need not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "gpu-lab"


def key(*inputs: str | Path) -> str:
    """Return the short hash of all inputs: texts as they are, files and folders by content."""
    digest = hashlib.sha256()
    for item in inputs:
        for name, content in _contents(item):
            for part in (name, content):
                digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:KEY_LENGTH]


def _contents(item: str | Path) -> Iterator[tuple[bytes, bytes]]:
    if isinstance(item, str):
        yield b"", item.encode()
    elif item.is_dir():
        for path in sorted(p for p in item.rglob("*") if p.is_file()):
            if "__pycache__" not in path.parts:
                yield str(path.relative_to(item)).encode(), path.read_bytes()
    else:
        yield item.name.encode(), item.read_bytes()


@dataclass(frozen=True)
class Recipe:
    """How one thing is made.

    Attributes:
        name: what it is called, for people and as the folder's name.
        key: `key(...)` over everything that decides what is built.
        make: writes it into the given empty folder, which is its final place.

    """

    name: str
    key: str
    make: Callable[[Path], None]

    @property
    def folder(self) -> Path:
        """Where it lives once it is built."""
        return root() / f"{self.name}-{self.key}"

    @property
    def built(self) -> bool:
        """Whether it is there, complete."""
        return (self.folder / MARK).exists()

    def build(self, progress: Progress) -> Path:
        """Return the folder, making the thing first if it is not there.

        When another process is making it, wait for that one.
        """
        if self.built:
            return self.folder
        waiting = f"{self.name}: another run is building it; waiting"
        with _locked(root() / f"{self.name}.lock", lambda: progress(waiting)):
            if not self.built:
                self._make(progress)
        return self.folder

    def _make(self, progress: Progress) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        began = time.monotonic()

        def tell(what: str) -> None:
            progress(f"{self.name}: {what} {time.monotonic() - began:.0f} s")

        progress(f"{self.name}: building")
        with _heartbeat(lambda: tell("still building,")):
            self.make(self.folder)
        (self.folder / MARK).touch()
        tell("built in")


def superseded(recipes: Collection[Recipe]) -> list[Path]:
    """Find what other recipes of the same names have left: builds of an older or another checkout."""
    kept = {recipe.folder for recipe in recipes}
    names = sorted({recipe.name for recipe in recipes})
    found = (folder for name in names for folder in sorted(root().glob(f"{name}-{'[0-9a-f]' * KEY_LENGTH}")))
    return [folder for folder in found if folder not in kept]


@contextmanager
def _locked(path: Path, when_taken: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a file; the kernel lets go of it when this process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            when_taken()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _heartbeat(beat: Callable[[], None]) -> Iterator[None]:
    """Call `beat` every half minute, so that a long build is not taken for a hanging one."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(HEARTBEAT_S):
            beat()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
