"""`./lab park`: end the droplet and its bill, and keep everything that the lab has."""

from __future__ import annotations

from pathlib import Path

import click

from infra.cloud.wanted import Goal
from infra.console import json_option, say
from infra.labs import LAB_OPTION, one_lab
from infra.leaving import AT_ONCE_OPTION, SSH_KEY_OPTION, leave
from infra.prospectus import cost


@click.command(short_help="End the droplet and its bill; the data stays.")
@LAB_OPTION
@SSH_KEY_OPTION
@AT_ONCE_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option("Print what was done as JSON.")
def park(lab_name: str | None, ssh_key: Path | None, *, at_once: bool, yes: bool, machine_readable: bool) -> None:
    """Stop the lab and destroy its droplet; the volume with all data stays, and `./lab up` resumes.

    A droplet that is only switched off is billed like one that runs.
    """
    lab = one_lab(lab_name)
    prospect = leave(lab, Goal.PARKED, ssh_key, at_once=at_once, yes=yes, machine_readable=machine_readable)
    if not prospect.observed.volume:
        say(f"{lab.name} has no droplet and no volume; ./lab down takes the rest away, which costs nothing")
        return
    say(f"{lab.name} is parked; its volume is billed, ${cost(prospect).volume:,.2f} a month, and ./lab up resumes")
