"""A file that only its owner reads: whole, the old or the new one, whenever this process or its machine ends."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.errors import LabError

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def write(file: Path, text: str) -> None:
    """Replace a file, or make it and its folder; it is on the disk when this returns.

    Raises:
        LabError: it cannot be written; what was there stays, and nothing else is left.

    """
    with told(file):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent)
        new = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.write(text)
            sync(new)
            new.replace(file)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        sync(file.parent)


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Tell in one line why what is done here to make a file fails, and what helps.

    Raises:
        LabError: the disk is full, or the file may not be written.

    """
    try:
        yield
    except OSError as error:
        repair = "make room" if error.errno in NO_ROOM else "let yourself write there"
        message = f"{file}: cannot be written ({error.strerror}); {repair}, and give the command again"
        raise LabError(message) from None


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk: a volume may outlive a crash of this machine."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
