"""Which volume is at which droplet, where that is not as it should be: all labs' volumes have the same label."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cloud.observed import Observed
from infra.cloud.resources import named


def misplaced(seen: Observed) -> Iterator[str]:
    """Say what else the lab's droplet has attached, and who else has the lab's volume, with what is to be done.

    What a volume holds is not asked: the label that DigitalOcean shows is the one that it was ordered with.
    """
    # https://docs.digitalocean.com/reference/doctl/reference/compute/volume-action/detach/
    detach = "doctl compute volume-action detach"
    if seen.droplet:
        own = named(seen.volume) if seen.volume else "its volume"
        for volume in seen.attached:
            yield (
                f"{named(seen.droplet)}: has {named(volume)} attached, which is not the lab's and may be mounted in "
                f"the place of {own}; ./lab park, then ./lab up, or, where "
                f"nothing of it is mounted, {detach} {volume.id} {seen.droplet.id} or the control panel takes it off"
            )
    if seen.volume:
        for holder in seen.holders:
            yield (
                f"{named(seen.volume)}: is attached to {named(holder)}, which is not the lab's; unmount it there, and "
                f"{detach} {seen.volume.id} {holder.id} or the control panel takes it off"
            )
