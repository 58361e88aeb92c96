"""`./lab plan`: what `./lab up` would do, and what the lab would cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from ailab.spec import LabSpec
from infra.changes import Changes
from infra.cloud.prospect import Prospect
from infra.cloud.wanted import Goal
from infra.console import result, say, show
from infra.credentials import require
from infra.errors import LabError
from infra.gpu import bar, table
from infra.labs import LAB_OPTION, one_lab
from infra.machine import found
from infra.operator import SSH_KEY, equipment, looking
from infra.prospectus import as_json, tell
from infra.ssh import StrangerError

LINES: Final = 8  # of each difference: the rest would push the price off the screen


@click.command(short_help="What `./lab up` would do, and at what price.")
@LAB_OPTION
@click.option("--ssh-key", type=click.Path(path_type=Path), default=SSH_KEY, show_default=True, help="As for `up`.")
@click.option("--json", "machine_readable", is_flag=True, help="Print it as JSON, the differences whole.")
def plan(lab_name: str | None, ssh_key: Path, *, machine_readable: bool) -> None:
    """Show what `./lab up` would create, change and destroy, who takes what of the GPU, and the price.

    Where the lab's machine runs, what it and its cluster have is compared with nixos/ and dist/. Nothing is changed.
    Status 1: it cannot be done, and the one line says why.
    """
    lab = one_lab(lab_name)
    require()
    with looking(lab, ssh_key) as journey:
        prospect = journey.prospect(Goal.RUNNING)
    compared = _compared(lab, prospect)
    if machine_readable:
        result(as_json(prospect, compared))
        return
    tell(prospect)
    if compared:
        _some("NixOS", compared.nixos)
        _some("manifests", compared.manifests)
    if lab.gpu_shares:
        show(table(lab.memory))
        show(bar(lab.memory))


def _compared(lab: LabSpec, prospect: Prospect) -> Changes | None:
    """Compare where there is something to compare with; say why where that cannot be asked."""
    droplet = prospect.observed.droplet
    if droplet is None or droplet.address is None or not droplet.running:
        return None
    try:
        _, login = found(lab.name)
        return equipment().compare(lab, replace(login, address=droplet.address))
    except StrangerError:
        why = "the lab's NixOS does not run there yet"
    except LabError as error:
        why = str(error)
    say(f"What would change on the machine cannot be told: {why}")
    return None


def _some(what: str, lines: tuple[str, ...]) -> None:
    """Show as much of a difference as leaves room for the rest."""
    say(f"~ {what}:" if lines else f"  {what}: no change")
    for line in lines[:LINES]:
        say(f"    {line}")
    if len(lines) > LINES:
        say(f"    {len(lines) - LINES} lines more; ./lab plan --json has all")
