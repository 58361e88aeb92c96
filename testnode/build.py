"""Everything that a test node and its pods run, built once into the cache."""

from __future__ import annotations

import shutil
from typing import Final

from testnode import argocd, binaries, debian, sshd, tailnet
from testnode.cache import Progress, superseded
from testnode.programs import table
from testnode.programs.ingress_nginx import nginx

TEST_PACKAGES: Final = ("docker-registry", "jq", "nix-bin", "openssh-client")
"""What tests talk to beside the node."""


def missing() -> tuple[str, ...]:
    """Name what has not been built on this machine."""
    beside = () if argocd.RECIPE.built else (argocd.RECIPE.name,)
    return (*binaries.missing(), *table.missing(), *beside)


def missing_for_host() -> tuple[str, ...]:
    """Name what the tests of a lab's host need and this machine has not."""
    needed = (*tailnet.RECIPES, sshd.RECIPE, binaries.COREDNS.recipe, nginx())
    return tuple(recipe.name for recipe in needed if not recipe.built)


def build(progress: Progress) -> None:
    """Build what is missing; what is there already costs nothing.

    Raises:
        LabError: a step failed; the message names the command and its last words.

    """
    binaries.build(progress)
    tailnet.build(progress)
    sshd.RECIPE.build(progress)
    table.install(progress)
    argocd.build(progress)
    debian.install(TEST_PACKAGES, progress)


def prune(progress: Progress) -> None:
    """Delete what this checkout would not use: builds by recipes that have changed since."""
    programs = (recipe for program in table.programs() for recipe in program.recipes)
    node = (program.recipe for program in binaries.PROGRAMS)
    for folder in superseded((*node, *tailnet.RECIPES, sshd.RECIPE, argocd.RECIPE, *programs)):
        progress(f"deleting {folder.name}")
        shutil.rmtree(folder)
