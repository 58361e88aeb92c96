"""Exchanging two folders in one step, so that whoever is killed half-way leaves one of the two whole."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h


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
