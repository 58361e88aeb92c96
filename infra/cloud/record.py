"""What this machine remembers of a lab at DigitalOcean: `state.json` in the lab's own folder.

The folder is `${XDG_STATE_HOME:-~/.local/state}/gpu-lab/<lab>`. The file can be read by people; nothing in it is a
secret, and all but the intents can be found again by the lab's tags (`./lab adopt`). It is on the disk before whatever
it tells of happens: a process may be killed at any moment.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from infra import private_file
from infra.cloud.identity import Identity
from infra.cloud.state import Entry, Kind, State
from infra.errors import LabError

LOCK: Final = "lock"  # in the folder; never deleted, since another process may wait at it


class Record:
    """A lab's file; `opened` makes sure that one process at a time writes it.

    Attributes:
        folder: where it is.
        forgiving: whether a disk that takes nothing stops nobody, and is told at the end by `settle`: a bill must end
            whatever this machine can remember of it.

    """

    def __init__(self, folder: Path, *, written: bool = False) -> None:
        self.folder = folder
        self._written = written  # otherwise what is remembered ends with this object
        self._file = folder / "state.json"
        self._state: State | None = None
        self._trouble: LabError | None = None
        self.forgiving = False

    def read(self) -> State | None:
        """Return what is remembered; None for a lab that was never started from here.

        Raises:
            LabError: the file is none of ours.

        """
        try:
            self._state = State.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            self._state = None
        except ValidationError:
            message = f"{self._file}: cannot be read; move it away, and ./lab adopt makes it anew from the lab's tags"
            raise LabError(message) from None
        except OSError as error:
            message = f"{self._file}: cannot be read ({error.strerror}); it must be a file of yours"
            raise LabError(message) from None
        return self._state

    @property
    def known(self) -> State | None:
        """What is remembered; None before `read` and `begin`, and after `end`."""
        return self._state

    @property
    def state(self) -> State:
        """What is remembered of a lab that was started."""
        if self._state is None:
            message = "nothing is remembered yet"
            raise AssertionError(message)
        return self._state

    def begin(self, identity: Identity, owner: str) -> None:
        """Remember a lab that is new here, and whose it is, from the next `keep` on also beyond this process."""
        self._state = State(lab=identity.lab, uid=identity.uid, owner=owner)

    def keep(self) -> None:
        """Bring what is remembered to the disk, where it is not yet."""
        if not self._file.exists():
            self._write(self.state)

    def intend(self, kind: Kind, at: datetime) -> None:
        """Remember that a thing is about to be asked for."""
        self._note(kind, Entry(id=None, at=at))

    def made(self, kind: Kind, number: str, at: datetime) -> None:
        """Remember that a thing is there; a droplet is there for a while though its end was asked for."""
        known = self.state.things.get(kind)
        if known is None or known.id != number or (known.doomed and kind is not Kind.DROPLET):
            self._note(kind, Entry(id=number, at=at))

    def doom(self, kind: Kind, at: datetime) -> None:
        """Remember that the end of a thing is about to be asked for."""
        self._note(kind, self.state.things[kind].model_copy(update={"doomed": True, "at": at}))

    def spare(self, kind: Kind) -> None:
        """Remember that a thing stays, though its end was asked for: that was refused, or never came to be."""
        self._note(kind, self.state.things[kind].model_copy(update={"doomed": False}))

    @property
    def ending(self) -> Entry | None:
        """The droplet whose end was asked for and has not been seen yet; None where there is none."""
        known = self.state.things.get(Kind.DROPLET)
        return known if known and known.doomed else None

    def forget(self, kind: Kind) -> None:
        """Remember that a thing is not there; with a volume whose end was asked for go the keys that open it."""
        known = self.state.things.get(kind)
        if known is None:
            return
        if known.doomed and kind is Kind.VOLUME:
            self._shed()
        self._note(kind, None)

    def join(self) -> None:
        """Remember that a machine of the lab, or a key for one, may be in the tailnet."""
        self._change(joined=True)

    def mint(self, key: str | None) -> None:
        """Remember which key is out, for another machine than there was; None for a key that is about to be made."""
        self._change(joined=True, device=None, key=key)

    def enter(self, device: str) -> None:
        """Remember which machine of the tailnet is the lab's; what key it had is used."""
        self._change(joined=True, device=device, key=None)

    def leave(self) -> None:
        """Remember that nothing of the lab is in the tailnet."""
        self._change(joined=False, device=None, key=None)

    def end(self) -> None:
        """Forget the lab."""
        with self._told():
            self._file.unlink(missing_ok=True)
        self._state = None

    def settle(self) -> None:
        """Say what could not be written on the way.

        Raises:
            LabError: something could not.

        """
        if self._trouble:
            raise self._trouble

    def _shed(self) -> None:
        """Delete the lab's keys and credentials; whoever is killed meanwhile does it again."""
        with self._told():
            for file in self.folder.iterdir() if self._written else ():
                if file.is_dir():  # of a key whose making was cut off
                    shutil.rmtree(file)
                elif file not in {self._file, self.folder / LOCK}:
                    file.unlink()

    def _note(self, kind: Kind, entry: Entry | None) -> None:
        others = {known: value for known, value in self.state.things.items() if known is not kind}
        things = {**others, kind: entry} if entry else others
        self._change(things=things)

    def _change(self, **fields: object) -> None:
        new = self.state.model_copy(update=fields)
        if new != self.state:
            self._write(new)

    def _write(self, state: State) -> None:
        """Replace the file, so that whoever is killed leaves the old one or the new one, and sync it to the disk."""
        if not self._written:
            self._state = state
            return
        new = self._file.with_suffix(".new")
        with self._told():
            with new.open("w", encoding="utf-8") as file:
                file.write(state.model_dump_json(indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
            private_file.sync(self.folder)
        self._state = state

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell of a disk that takes nothing: now, or at the end where that must stop nobody."""
        try:
            yield
        except OSError as error:
            if not self.forgiving:
                why = "without it no droplet is ordered: make room"
                message = f"{self._file}: cannot be written ({error.strerror}); {why}"
                raise LabError(message) from None
            message = (
                f"{self._file}: cannot be written ({error.strerror}); all else is done, but what this machine "
                "remembers is older: make room, and give the command again"
            )
            self._trouble = LabError(message)


def folder_of(lab: str) -> Path:
    """Return where a lab's state is."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(home) / "gpu-lab" / lab


def rented(lab: str) -> bool:
    """Say whether anything is remembered of a lab that costs money, or may.

    Raises:
        LabError: what is remembered cannot be read.

    """
    state = Record(folder_of(lab)).read()
    return bool(state and state.things)


def _lock(file: Path) -> int:
    """Open the file that is locked; on a disk that can only be read, the one that is there."""
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return os.open(file, os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def opened(folder: Path) -> Iterator[Record]:
    """Open a lab's record, for this process alone; the kernel ends the lock with the process.

    Raises:
        LabError: another process has it open, or the folder cannot be made.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:  # copied from another machine, perhaps
            folder.chmod(0o700)
        lock = _lock(folder / LOCK)
    except OSError as error:
        message = f"{folder}: cannot be used ({error.strerror}); XDG_STATE_HOME names another place"
        raise LabError(message) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        record = Record(folder, written=True)
        record.read()
        yield record
    except BlockingIOError:
        message = f"{folder.name}: another ./lab works on this lab; let it end, or stop it"
        raise LabError(message) from None
    finally:
        os.close(lock)
