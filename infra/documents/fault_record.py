"""What faults on the running lab did when tests/cluster/test_faults.py ran: docs/faults.json."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from infra.documents.fault_grid import Kind
from infra.labs import ROOT

FILE: Final = ROOT / "docs" / "faults.json"
CLASSES: Final = (10, 30, 60, 120)  # seconds
PROMISE: Final = CLASSES[-1]
ANSWERS: Final = "answers"


@dataclass(frozen=True)
class Outcome:
    """What came of one fault.

    Attributes:
        part: the workload.
        kind: what was done to it.
        chat: what a person in the chat got meanwhile; None where it was over before that could be asked.
        doctor: what `./lab doctor --quick` said of parts; None as above.
        back: seconds until the chat answered after the cause was gone, rounded up to one of `CLASSES`.
        kept: what was looked for afterwards, and found.

    """

    part: str
    kind: Kind
    chat: str | None
    doctor: tuple[str, ...] | None
    back: int
    kept: tuple[str, ...]

    def same(self, other: Outcome) -> bool:
        """Whether another run came to the same, but for the seconds."""
        return replace(self, back=0) == replace(other, back=0)


@dataclass(frozen=True)
class Record:
    """The outcomes of all faults, and where they were measured."""

    source: str
    outcomes: tuple[Outcome, ...]

    def of(self, part: str, kind: Kind) -> Outcome | None:
        """Find an outcome."""
        return next((one for one in self.outcomes if (one.part, one.kind) == (part, kind)), None)

    def including(self, outcome: Outcome) -> Record:
        """Put an outcome in the place of the one of the same fault."""
        others = (one for one in self.outcomes if (one.part, one.kind) != (outcome.part, outcome.kind))
        order = list(Kind)
        return replace(
            self, outcomes=tuple(sorted((*others, outcome), key=lambda one: (one.part, order.index(one.kind))))
        )


_RECORD: Final = TypeAdapter(Record)


def read(file: Path = FILE) -> Record:
    """Read what was recorded."""
    return _RECORD.validate_json(file.read_bytes())


def write(record: Record, file: Path = FILE) -> None:
    """Record it."""
    file.write_bytes(_RECORD.dump_json(record, indent=2) + b"\n")


def rounded(seconds: float) -> int:
    """Round up to a class.

    Raises:
        ValueError: it is more than is promised.

    """
    for limit in CLASSES:
        if seconds <= limit:
            return limit
    message = f"{seconds:.0f} s are more than {PROMISE}"
    raise ValueError(message)
