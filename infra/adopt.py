"""`./lab adopt`: take over a lab that is there, by its tags, where this machine knows nothing of it."""

from __future__ import annotations

import json

import click

from infra.cloud.adoption import choose, labs
from infra.cloud.journey import Journey
from infra.cloud.wanted import Goal
from infra.console import json_option, result, say
from infra.errors import LabError
from infra.labs import LAB_OPTION, one_lab
from infra.operator import working


def _machine_of(journey: Journey) -> str | None:
    """Take the only machine of the lab's name in the tailnet for the lab's; say so, or why that cannot be."""
    record, name = journey.record, journey.lab.name
    if record.state.device:
        return None
    try:
        found = journey.tailnet.devices(name)
    except LabError as error:
        return f"tailnet: not asked: {error}; ./lab adopt again asks it"
    if not found:
        return None
    named = ", ".join(device.name or device.hostname for device in found)
    if len(found) > 1:
        return f"the tailnet has several machines of that name, and nothing says which is {name}'s: {named}"
    record.enter(found[0].id)
    return f"machine {named} of the tailnet is taken for {name}'s, by its name and tag alone: see that it is no other's"


@click.command(short_help="Find a lab again by its account's tags.")
@LAB_OPTION
@click.option("--uid", help="Which one, where the account has several labs of the name.")
@json_option("Print what was found as JSON.")
def adopt(lab_name: str | None, uid: str | None, *, machine_readable: bool) -> None:
    """Learn from the account's tags what is there of a lab, so that up, park and down work from here.

    The machine's host key and k3s's token are not in the account: copy the folder of the state from where the lab was
    started, or take them from where the last line says. With another token k3s cannot read what is on the volume.
    """
    lab = one_lab(lab_name)
    with working(lab) as journey:
        record = journey.record
        account, _ = journey.admitted()
        identity = choose(labs(journey.cloud, lab.name), lab.name, uid)
        if record.known and record.known.uid != identity.uid:
            message = f"{record.folder}: knows another lab of that name; move the folder away, then adopt again"
            raise LabError(message)
        if record.known is None:
            record.begin(identity, account.owner)
        seen = journey.look(Goal.PARKED)  # the tailnet has nothing to say of what is billed
        missing = journey.absent(seen)
        things = {kind.value: entry.id for kind, entry in record.state.things.items()}
        if not (seen.droplets or seen.volumes or seen.firewalls):
            message = f"all of {lab.name} was gone when it was looked at once more; ./lab up makes the lab"
            raise LabError(message)
        record.keep()
        told = _machine_of(journey)
        if machine_readable:
            device = record.state.device
            found = {"lab": lab.name, "uid": identity.uid, "things": things, "device": device, "missing": missing}
            result(json.dumps(found | {"tailnet": told}, indent=2))
            return
        for kind in things:
            say(f"{kind} {identity.name} is {lab.name}'s")
        if told:
            say(told)
        if lacking := journey.lacking(seen):
            say(lacking)
