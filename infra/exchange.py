"""Exchanging folders in one step, so that whoever is killed half-way leaves what was there whole."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h


def exchange_all(folders: Mapping[Path, Path]) -> None:
    """Exchange several pairs of folders, new: old. If one cannot be exchanged, none is.

    There is no system call for several. A process that is killed between two of them, which follow each other at once,
    leaves the first pairs exchanged and the others as they were.

    Raises:
        OSError: what the system said about the pair that could not be exchanged.

    """
    done: list[tuple[Path, Path]] = []
    try:
        for new, old in folders.items():
            exchange(new, old)
            done.append((new, old))
    except OSError:
        for new, old in reversed(done):
            _take_back(new, old)
        raise


def _take_back(new: Path, old: Path) -> None:
    if new.exists():
        exchange(new, old)
    else:
        old.rename(new)


def exchange(new: Path, old: Path) -> None:
    """Let `new` and `old` take each other's place; where `old` does not exist, `new` just takes it.

    On Linux this is one system call (renameat2(2)). Elsewhere it is two renames, and a process killed between
    them leaves the former content under the name of `new`.
    """
    if not old.exists():
        new.rename(old)
        return
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None or renameat2(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(old), RENAME_EXCHANGE) != 0:
        aside = new.with_name(new.name + ".former")
        old.rename(aside)
        new.rename(old)
        aside.rename(new)
