"""`./lab down`: end the lab; its data only where that is asked for twice."""

from __future__ import annotations

from pathlib import Path

import click

from infra.cloud.bill import bill
from infra.cloud.wanted import Goal
from infra.console import json_option, say
from infra.errors import LabError
from infra.labs import LAB_OPTION, one_lab
from infra.leaving import AT_ONCE_OPTION, SSH_KEY_OPTION, leave


@click.command(short_help="End the lab; --delete-data deletes its data, too.")
@LAB_OPTION
@click.option("--delete-data", metavar="NAME", help="Delete the volume too; the lab's name says that it is meant.")
@SSH_KEY_OPTION
@AT_ONCE_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option("Print what was done as JSON.")
def down(
    lab_name: str | None,
    delete_data: str | None,
    ssh_key: Path | None,
    *,
    at_once: bool,
    yes: bool,
    machine_readable: bool,
) -> None:
    """Destroy the droplet and the firewall, and take the machine out of the tailnet.

    The volume with all data stays, and is billed, unless --delete-data is given with the lab's name.
    """
    lab = one_lab(lab_name)
    if delete_data not in {None, lab.name}:
        message = f"--delete-data: {delete_data} is not the lab's name; to delete all its data give {lab.name}"
        raise LabError(message)
    goal = Goal.ERASED if delete_data else Goal.GONE
    prospect = leave(lab, goal, ssh_key, at_once=at_once, yes=yes, machine_readable=machine_readable)
    if prospect.observed.volume and not delete_data:
        monthly = bill(prospect.observed, prospect.actions).volume
        say(f"{lab.name} is gone but for its volume, which ./lab up takes again, for ${monthly:,.2f} a month")
    else:
        say(f"{lab.name} is gone")
