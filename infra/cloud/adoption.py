"""Taking a lab over that was started elsewhere, or whose state is lost: its tags have all that is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from infra.cloud.identity import Identity, identities, lab_of, lab_tag
from infra.cloud.observation import still_there
from infra.cloud.provider import Cloud
from infra.cloud.resources import Droplet, Volume, named
from infra.errors import LabError


def labs(cloud: Cloud, lab: str) -> Mapping[str, list[str]]:
    """List what was made for labs of that name, by identity."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    things: tuple[Droplet | Volume, ...] = (*cloud.droplets(lab_tag(lab)), *cloud.volumes())
    for thing in still_there(cloud, (each for each in things if lab_of(each.name, each.tags) == lab)):
        for uid in identities(thing.name, thing.tags):
            found[uid].append(named(thing))
    return found


def choose(found: Mapping[str, list[str]], lab: str, uid: str | None) -> Identity:
    """Say which one to take over.

    Raises:
        LabError: there is none, or more than one and none is named.

    """
    if uid is not None and uid in found:
        return Identity(lab, uid)
    told = "; ".join(f"{each}: {', '.join(things)}" for each, things in found.items())
    if uid:
        message = f"--uid: no lab {lab} has {uid}; there is {told or 'none'}"
        raise LabError(message)
    if len(found) > 1:
        message = f"--uid: missing, since there is more than one lab {lab}: {told}"
        raise LabError(message)
    if not found:
        carries = f"carries the tag {lab_tag(lab)}, or a name of such a lab"
        message = f"nothing in the account {carries}; ./lab up makes the lab"
        raise LabError(message)
    return Identity(lab, next(iter(found)))
