"""Taking a lab over that was started elsewhere, or whose state is lost: its tags have all that is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from infra.cloud.identity import Identity, lab_tag, uids
from infra.cloud.provider import Cloud
from infra.cloud.resources import exact
from infra.errors import LabError


def labs(cloud: Cloud, lab: str) -> Mapping[str, list[str]]:
    """List what carries the lab's name, by identity."""
    tag = lab_tag(lab)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for droplet in cloud.droplets(tag):
        for uid in uids(droplet.tags) if tag in droplet.tags else ():
            found[uid].append(f"droplet {exact(droplet)}")
    for volume in cloud.volumes():
        for uid in uids(volume.tags) if tag in (volume.tags or ()) else ():
            found[uid].append(f"volume {exact(volume)}")
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
        message = f"nothing in the account carries the tag {lab_tag(lab)}; ./lab up makes the lab"
        raise LabError(message)
    return Identity(lab, next(iter(found)))
