"""`./lab policy`: what a lab needs in the policy file of its tailnet."""

from __future__ import annotations

import json

import click

from ailab.host_facts import HostFacts
from ailab.tailnet_policy import tailnet_policy
from infra.console import result
from infra.labs import LAB_OPTION, one_lab


@click.command(short_help="What the tailnet's policy file must have.")
@LAB_OPTION
def policy(lab_name: str | None) -> None:
    """Print what the tailnet's policy file must have for the lab; paste it into the one that you have."""
    result(json.dumps(tailnet_policy(HostFacts.of(one_lab(lab_name))), indent=2))
