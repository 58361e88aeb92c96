"""Everything that a test node and its pods run, built once into the cache."""

from __future__ import annotations

import shutil
from typing import Final

from testnode import binaries, debian
from testnode.cache import Progress, superseded
from testnode.programs import table

TEST_PACKAGES: Final = ("docker-registry", "nix-bin")
"""What tests talk to beside the node."""


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
    debian.install(TEST_PACKAGES, progress)


def prune(progress: Progress) -> None:
    """Delete what this checkout would not use: builds by recipes that have changed since."""
    programs = (recipe for program in table.programs() for recipe in program.recipes)
    for folder in superseded((*(program.recipe for program in binaries.PROGRAMS), *programs)):
        progress(f"deleting {folder.name}")
        shutil.rmtree(folder)
