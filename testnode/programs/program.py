"""A real program of this machine, and the image that it stands in for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testnode import debian

if TYPE_CHECKING:
    from testnode.cache import Progress, Recipe
    from testnode.standin import StandIn


@dataclass(frozen=True)
class Program:
    """One row of the table of programs.

    Attributes:
        stand_in: the image that pods get; what it refers to exists once the program is installed.
        recipes: what is built for it, in this order.
        packages: Debian packages that it needs to run, beside those of its recipes.

    """

    stand_in: StandIn
    recipes: tuple[Recipe, ...]
    packages: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether everything that is built for it is there."""
        return all(recipe.built for recipe in self.recipes)

    def install(self, progress: Progress) -> None:
        """Build and install what is not there yet.

        Raises:
            LabError: a step failed; the message names the command and its last words.

        """
        debian.install(self.packages, progress)
        for recipe in self.recipes:
            recipe.build(progress)
