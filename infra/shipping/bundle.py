"""Files on their way to a machine: a tar archive made in memory, so that no secret touches a disk here."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

FILE: Final = 0o644
PROGRAM: Final = 0o755
FOLDER: Final = 0o755
SECRET: Final = 0o600
SECRET_FOLDER: Final = 0o700


@dataclass(frozen=True)
class Entry:
    """One file or folder as it shall be on the machine, owned by root.

    Attributes:
        path: relative to where the archive is unpacked.
        mode: permission bits, set whatever the umask there is.
        content: of a file; None for a folder.

    """

    path: PurePosixPath
    mode: int
    content: bytes | None = field(default=None, repr=False)


def secret(path: PurePosixPath, content: str) -> Iterator[Entry]:
    """Make a file that root alone reads, in a folder that root alone enters."""
    yield Entry(path.parent, SECRET_FOLDER)
    yield Entry(path, SECRET, content.encode())


def tree(folder: Path) -> Iterator[Entry]:
    """Give what is in a folder, in the order of the names; of modes only "may be run" is kept.

    Links and what programs left behind (`__pycache__`) are not part of it.
    """
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_symlink() or "__pycache__" in name.parts:
            continue
        if path.is_dir():
            yield Entry(name, FOLDER)
        else:
            yield Entry(name, PROGRAM if path.stat().st_mode & 0o100 else FILE, path.read_bytes())


def archive(entries: Iterable[Entry]) -> bytes:
    """Pack entries, folders before what is in them: the same bytes for the same entries."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            header = tarfile.TarInfo(str(entry.path))
            header.mode, header.uname, header.gname = entry.mode, "root", "root"
            if entry.content is None:
                header.type = tarfile.DIRTYPE
                tar.addfile(header)
            else:
                header.size = len(entry.content)
                tar.addfile(header, io.BytesIO(entry.content))
    return stream.getvalue()


def digest(entries: Iterable[Entry]) -> str:
    """Name the content of entries: it differs where any path, mode or byte differs."""
    return hashlib.sha256(archive(entries)).hexdigest()
