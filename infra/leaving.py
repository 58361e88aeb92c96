"""What `./lab park` and `./lab down` have in common: look, tell, ask, and end what there is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ailab.spec import LabSpec
from infra.cloud.journey import Journey
from infra.cloud.other_labs import lines
from infra.cloud.prospect import Prospect
from infra.cloud.wanted import Goal
from infra.console import agree, result, say
from infra.operator import working
from infra.prospectus import as_json, tell
from infra.status import ABSENT

SSH_KEY_OPTION = click.option(
    "--ssh-key", type=click.Path(path_type=Path), help="Your private ssh key, where it is not the one that `up` used."
)
AT_ONCE_OPTION = click.option(
    "--at-once", is_flag=True, help="Do not stop the lab first, as where the machine does not answer."
)


def leave(
    lab: LabSpec, goal: Goal, ssh_key: Path | None, *, at_once: bool, yes: bool, machine_readable: bool
) -> Prospect:
    """Bring a lab to where it costs less; returns what was done.

    Ends the program where nothing of the lab is in the account: with status 4 where it was to be parked.

    Args:
        lab: the lab.
        goal: how much of it shall stay.
        ssh_key: the operator's private key; None for the one that the machine took last.
        at_once: do not let the machine write what it has in memory.
        yes: do not ask.
        machine_readable: print what was done as JSON.

    Raises:
        LabError: some step failed; another call goes on from there.

    """
    with working(lab, ssh_key) as journey:
        prospect = journey.prospect(goal)
        if not prospect.empty:
            tell(prospect)
            for line in _takes_along(journey, prospect):
                say(line)
            if prospect.actions and not yes:
                agree()
                prospect = journey.agreed(prospect)
            journey.leave(prospect, at_once=at_once)
    if machine_readable:
        result(as_json(prospect))
    if prospect.empty:
        say(f"nothing of {lab.name} is in this account")
        for line in lines(prospect.observed):
            say(line)
        sys.exit(ABSENT if goal is Goal.PARKED else 0)
    return prospect


def _takes_along(journey: Journey, prospect: Prospect) -> Iterator[str]:
    """Say what goes with the droplet although the data stays; the bill must be able to end, so it is no refusal."""
    seen = prospect.observed
    if prospect.wanted.goal is not Goal.ERASED and seen.droplet and (lacking := journey.lacking(seen)):
        yield lacking
        yield f"the droplet's own copy ends with it; then {journey.lab.name}'s volume alone has the token"
