"""`./lab ssh`: a shell on a lab's machine, or one command there."""

from __future__ import annotations

import click

from infra.labs import LAB_OPTION
from infra.machine import found
from infra.ssh import replace


@click.command(short_help="Log in to the lab's machine.", context_settings={"ignore_unknown_options": True})
@LAB_OPTION
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def ssh(lab_name: str | None, words: tuple[str, ...]) -> None:
    """Log in to the lab's machine as root, or run WORDS there.

    The host key must be the one that `./lab up` made; of your own ssh configuration nothing is used.
    """
    _, login = found(lab_name)
    replace(login, words)
