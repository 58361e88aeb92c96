"""One node of a number at a time: a lock that the kernel lets go of when its last holder ends."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from infra.errors import LabError
from testnode.layout import Layout


@dataclass(frozen=True)
class Note:
    """What a lock file says of the node that holds it, or that was cut off while it held it.

    Attributes:
        layout: where the node is.
        owner: the process that the node ends with.

    """

    layout: Layout
    owner: int


_NOTE = TypeAdapter(Note)


@dataclass(frozen=True)
class Lock:
    """An open lock file whose lock is held as long as any process has this descriptor open."""

    descriptor: int

    def note(self) -> Note | None:
        """Return what the file says; nothing when the last node ended in good order."""
        with suppress(ValidationError):
            return _NOTE.validate_json(os.pread(self.descriptor, 65536, 0))
        return None

    def write(self, note: Note) -> None:
        """Say who holds the lock."""
        self.clear()
        os.pwrite(self.descriptor, _NOTE.dump_json(note), 0)

    def clear(self) -> None:
        """Say that nothing is left of the node."""
        os.ftruncate(self.descriptor, 0)

    def close(self) -> None:
        """Close this process's descriptor; the lock is free when no other process has it."""
        os.close(self.descriptor)


def acquire(layout: Layout) -> Lock:
    """Take the lock of a node.

    Raises:
        LabError: a node of that number is running; the message says whose it is.

    """
    layout.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = Lock(os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
    try:
        fcntl.flock(lock.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note = lock.note()
        lock.close()
        raise LabError(refusal(layout, note)) from None
    return lock


def holder(layout: Layout) -> Note | None:
    """Return who holds the lock of a node, or None when no such node is running."""
    with suppress(FileNotFoundError), layout.lock.open() as file:
        while not _is_free(file.fileno()):
            note = Lock(file.fileno()).note()
            if note is not None:
                return note
            time.sleep(0.01)  # taken this moment and not written yet, or about to be free
    return None


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def refusal(layout: Layout, note: Note | None) -> str:
    """Return one line that says whose the running node is."""
    owner = f"process {note.owner} ({_command(note.owner)})" if note else "another process"
    return f"test node {layout.number} is running for {owner}, and ends with it"


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return "which has just ended"
    return b" ".join(words).decode(errors="replace")[:100]
