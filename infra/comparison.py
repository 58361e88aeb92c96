"""What another `./lab up` would change on a lab's machine that runs, as `plan` and `up` show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ailab.spec import LabSpec
from infra.changes import Changes
from infra.cloud.prospect import Prospect
from infra.console import say
from infra.errors import LabError
from infra.machine import found
from infra.operator import equipment
from infra.ssh import StrangerError

LINES: Final = 8  # of each difference: the rest would push the price off the screen


def compared(lab: LabSpec, prospect: Prospect) -> Changes | None:
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


def tell(changes: Changes) -> None:
    """Show as much of each difference as leaves room for the rest."""
    _some("NixOS", changes.nixos)
    _some("manifests", changes.manifests)


def _some(what: str, lines: tuple[str, ...]) -> None:
    say(f"~ {what}:" if lines else f"  {what}: no change")
    for line in lines[:LINES]:
        say(f"    {line}")
    if len(lines) > LINES:
        say(f"    {len(lines) - LINES} lines more; ./lab plan --json has all")
