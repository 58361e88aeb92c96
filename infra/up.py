"""`./lab up`: from nothing, from a parked lab, or from wherever the last `up` stopped, to a lab that runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from ailab.spec import LabSpec
from ailab.spec.lab import Feature
from ailab.spec.web import Published
from infra import comparison
from infra.checkup.finding import State
from infra.cloud.wanted import Goal
from infra.console import agree, answered, json_option, result, say
from infra.credentials import require
from infra.doctor import line, verdict
from infra.labs import LAB_OPTION, one_lab
from infra.operator import SSH_KEY, begun, equipment, working
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
@click.option("--no-doctor", is_flag=True, help="Do not try the connections at the end.")
@json_option("Print what was done as JSON.")
def up(lab_name: str | None, ssh_key: Path, *, yes: bool, no_doctor: bool, machine_readable: bool) -> None:
    """Rent the machine, install the lab on it, wait until it runs, and try every connection.

    May be stopped at any moment and given again: it goes on from what is there. Shows what `./lab plan` does, and makes
    or changes nothing before you agree; where nothing would change, it does not ask.
    Status 1: it does not run, or one of its connections is broken, which is then named with its repair.
    """
    lab = one_lab(lab_name)
    require()
    with working(lab, ssh_key) as journey:
        prospect = journey.prospect(Goal.RUNNING)
        changes = comparison.compared(lab, prospect)
        tell(prospect)
        if changes:
            comparison.tell(changes)
        # What cannot be told may be a change.
        if not yes and (prospect.actions or changes is None or not changes.none):
            agree()
            prospect = journey.agreed(prospect)
        with begun(journey.record):
            seen = journey.up(prospect)
    if machine_readable:
        result(as_json(replace(prospect, observed=seen)))
        answered()  # what the doctor finds comes after it
    address = seen.droplet.address if seen.droplet else None
    for last in told(lab, address):
        say(last)
    if not no_doctor:
        _examine(lab)


def told(lab: LabSpec, address: str | None) -> Iterator[str]:
    """Say where a lab that runs is reached, and how its bill ends."""
    where = f"the gateway is at {lab.urls(Published.GATEWAY)[0]}/v1"
    if Published.CHAT in lab.published:
        where = f"the chat is at {lab.urls(Published.CHAT)[0]}"
    yield f"{lab.name} runs at {address}; {where}"
    alerts = lab.observability.alerts
    silent = lab.has(Feature.OBSERVABILITY) and alerts.idle_hours and alerts.ntfy is None
    hint = "; nothing reminds you of it until the lab file has [observability.alerts] ntfy" if silent else ""
    yield f"./lab park ends the droplet, and its bill{hint}"


def _examine(lab: LabSpec) -> None:
    """Try every arrow, and show those that are broken.

    Raises:
        LabError: one is broken, or they cannot be tried.

    """
    findings = equipment().examine(lab)
    for finding in findings:
        if finding.state is State.BROKEN:
            say(line(finding))
    say(verdict(findings))
