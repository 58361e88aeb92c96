"""Everything that a test node and its pods run, built once into the cache."""

from __future__ import annotations

from testnode import binaries
from testnode.cache import Progress
from testnode.programs import table


def missing() -> tuple[str, ...]:
    """Name what has not been built on this machine."""
    return (*binaries.missing(), *table.missing())


def build(progress: Progress) -> None:
    """Build what is missing; what is there already costs nothing.

    Raises:
        LabError: a step failed; the message names the command and its last words.

    """
    binaries.build(progress)
    table.install(progress)
