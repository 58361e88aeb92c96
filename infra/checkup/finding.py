"""What the doctor found of one arrow, or of a part."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from infra.edges import Edge


class State(StrEnum):
    """How an arrow or a part is."""

    HOLDS = "ok"
    BROKEN = "BROKEN"
    UNKNOWN = "unknown"  # it could not be asked, for a reason that is not its own


@dataclass(frozen=True)
class Part:
    """A workload of the lab."""

    name: str


@dataclass(frozen=True)
class Finding:
    """An arrow or a part, how it is, and what to do.

    Attributes:
        subject: the arrow, or the part.
        state: how it is.
        seconds: that the try took.
        said: what was seen, for people.
        repair: what to do; None where nothing is to be done.

    """

    subject: Edge | Part
    state: State
    seconds: float
    said: str
    repair: str | None = None

    @property
    def name(self) -> str:
        """The arrow or the part, as people write it."""
        return self.subject.name
