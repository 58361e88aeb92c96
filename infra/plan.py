"""`./lab plan`: what `./lab up` would do, and what the lab would cost."""

from __future__ import annotations

from pathlib import Path

import click

from infra import comparison
from infra.cloud.wanted import Goal
from infra.console import json_option, result, show
from infra.credentials import require
from infra.gpu import bar, show_table
from infra.labs import LAB_OPTION, one_lab
from infra.operator import SSH_KEY, looking
from infra.prospectus import as_json, tell


@click.command(short_help="What `./lab up` would do, and at what price.")
@LAB_OPTION
@click.option("--ssh-key", type=click.Path(path_type=Path), default=SSH_KEY, show_default=True, help="As for `up`.")
@json_option("Print it as JSON, the differences whole.")
def plan(lab_name: str | None, ssh_key: Path, *, machine_readable: bool) -> None:
    """Show what `./lab up` would create, change and destroy, who takes what of the GPU, and the price.

    Where the lab's machine runs, what it and its cluster have is compared with nixos/ and dist/. Nothing is changed.
    Status 1: it cannot be done, and the one line says why.
    """
    lab = one_lab(lab_name)
    require()
    with looking(lab, ssh_key) as journey:
        prospect = journey.prospect(Goal.RUNNING)
    changes = comparison.compared(lab, prospect)
    if machine_readable:
        result(as_json(prospect, changes))
        return
    tell(prospect)
    if changes:
        comparison.tell(changes)
    if lab.gpu_shares:
        show_table(lab.memory)
        show(bar(lab.memory))
