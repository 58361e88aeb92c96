"""`./lab up`: from nothing, from a parked lab, or from wherever the last `up` stopped, to a lab that runs."""

from __future__ import annotations

from pathlib import Path

import click

from infra.cloud.wanted import Goal
from infra.console import result, say
from infra.labs import LAB_OPTION, one_lab
from infra.operator import SSH_KEY, working
from infra.prospectus import as_json, tell


@click.command(short_help="Rent the machine, install the lab, wait until it runs.")
@LAB_OPTION
@click.option(
    "--ssh-key",
    type=click.Path(path_type=Path),
    default=SSH_KEY,
    show_default=True,
    help="Your private ssh key; its public half must be in the lab file and in the DigitalOcean account.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "machine_readable", is_flag=True, help="Print what was done as JSON.")
def up(lab_name: str | None, ssh_key: Path, *, yes: bool, machine_readable: bool) -> None:
    """Rent the machine, install the lab on it, and wait until it runs.

    May be stopped at any moment and given again: it goes on from what is there. Nothing is made before you agree.
    """
    lab = one_lab(lab_name)
    with working(lab, ssh_key) as journey:
        prospect = journey.prospect(Goal.RUNNING)
        tell(prospect)
        if prospect.actions and not yes:
            click.confirm("Go on?", abort=True, err=True)
        seen = journey.up(prospect)
    if machine_readable:
        result(as_json(prospect))
    address = seen.droplet.address if seen.droplet else None
    say(f"{lab.name} runs at {address}; the chat is at {lab.urls('openwebui')[0]}")
    say("./lab doctor looks whether each part reaches the others; ./lab park ends the droplet, and its bill")
