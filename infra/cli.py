"""The command line: each verb in a file of its own. The only place where errors become exit statuses."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from ailab.spec import SpecError
from infra.console import delivered, failed, say
from infra.errors import LabError

if TYPE_CHECKING:  # the quick verbs do not wait for the imports of the cloud's
    from infra.operator import Equipment

VERBS = (
    *("synth", "diff", "gpu", "model", "test"),
    *("plan", "up", "status", "park", "down", "adopt"),
    *("doctor", "logs", "names", "ssh", "kubeconfig"),
    *("secrets", "backup", "restore", "cluster", "images", "policy", "docs"),
)
MODULES = {"test": "suite", "ssh": "session"}  # the others are named as their verb


class Verbs(click.Group):
    """The verbs, each loaded when it is asked for: a quick one does not wait for the imports of the others."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """List the verbs in the order in which people need them."""
        return list(VERBS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load one verb."""
        if name not in VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(f"infra.{MODULES.get(name, name)}"), name)
        return command

    def invoke(self, context: click.Context) -> object:
        """Give a verb; a program that waits for its result as JSON has its failure so, too."""
        try:
            return super().invoke(context)
        except (LabError, SpecError) as error:
            failed(error)
            raise

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that is meant; where one is much like it, the refusal is a line that names that."""
        # click by itself looks for a near one among the commands that are loaded, and here none is.
        refusal = click.NoSuchCommand(words[0], possibilities=VERBS)
        if words[0] not in VERBS and refusal.possibilities and not context.resilient_parsing:
            raise refusal
        return super().resolve_command(context, words)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def lab() -> None:
    """Run a private AI lab on one rented GPU."""


def main(equipment: Equipment | None = None) -> None:
    """Run a command; what the user can repair is one line on stderr and exit status 1.

    Args:
        equipment: what the verbs of the cloud go by instead of this machine's clock and the lab's own machine.

    """
    with delivered():
        try:
            # click would take the variable's name from the program's, which has characters that no variable has.
            lab(prog_name="./lab", complete_var="_LAB_COMPLETE", obj=equipment)
        except (LabError, SpecError) as error:
            say(str(error))
            sys.exit(1)
