"""What the doctor found of one arrow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from infra.edges import Edge


class State(StrEnum):
    """How an arrow is."""

    HOLDS = "ok"
    BROKEN = "BROKEN"
    UNKNOWN = "unknown"  # it could not be asked, for a reason that is not its own


@dataclass(frozen=True)
class Finding:
    """An arrow, how it is, and what to do.

    Attributes:
        edge: the arrow.
        state: how it is.
        seconds: that the try took.
        said: what was seen, for people.
        repair: what to do; None where nothing is to be done.

    """

    edge: Edge
    state: State
    seconds: float
    said: str
    repair: str | None = None

    @property
    def name(self) -> str:
        """The arrow, as people write it."""
        return self.edge.name
