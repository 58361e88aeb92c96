"""The command line: one verb a line, each in a file of its own. The only place where errors become exit statuses."""

from __future__ import annotations

import sys

import click

from ailab.spec import SpecError
from infra.console import say
from infra.docs import docs
from infra.errors import LabError
from infra.secrets import secrets
from infra.suite import test
from infra.synth import synth


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lab() -> None:
    """Run a private AI lab on one rented GPU."""


lab.add_command(synth)
lab.add_command(test)
lab.add_command(docs)
lab.add_command(secrets)


def main() -> None:
    """Run a command; what the user can repair is one line on stderr and exit status 1."""
    try:
        lab()
    except (LabError, SpecError) as error:
        say(str(error))
        sys.exit(1)
