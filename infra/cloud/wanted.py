"""What a lab wants of DigitalOcean, from its file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import Final, Self

from ailab.host_facts import SSH_PORT, TAILSCALE_UDP_PORT
from ailab.spec import LabSpec
from ailab.spec.disk import claimed
from ailab.spec.droplet import VOLUME_LABEL
from ailab.spec.values import gib
from infra.cloud.identity import Identity
from infra.cloud.provider import NewVolume, Rules
from infra.cloud.resources import Ends, Inbound, Outbound
from infra.errors import LabError

EVERYBODY: Final = ("0.0.0.0/0", "::/0")


class Goal(Enum):
    """How much of a lab there shall be."""

    RUNNING = "running"
    PARKED = "parked"  # no droplet
    GONE = "gone"  # nothing but the volume
    ERASED = "erased"  # nothing


@dataclass(frozen=True)
class Wanted:
    """What shall be there.

    Attributes:
        identity: whose it is.
        goal: how much of it.
        sizes: of the droplet, the first that can be had is taken.
        region: of droplet and volume.
        image: what the droplet begins with.
        gigabytes: of the volume; DigitalOcean's gigabytes are GiB.
        direct_tailscale: whether WireGuard may come in from anywhere.

    """

    identity: Identity
    goal: Goal
    sizes: tuple[str, ...]
    region: str
    image: str
    gigabytes: int
    direct_tailscale: bool

    @classmethod
    def of(cls, spec: LabSpec, identity: Identity, goal: Goal) -> Self:
        """Read it from the lab's file.

        Raises:
            LabError: the lab shall run, and no size of droplet is named, and its card is in none, or what the cluster
                keeps there is more than the volume.

        """
        droplet = spec.droplet
        # A lab that uses no GPU must not rent one because of a default.
        sizes = droplet.sizes_for(spec.gpu.as_card(), spec.gpu.count) if spec.gpu_shares else droplet.sizes
        if not sizes and goal is Goal.RUNNING:
            message = (
                f"droplet.sizes: missing in labs/{spec.name}.toml; no size follows from what the lab uses of a GPU, so "
                "name one"
            )
            raise LabError(message)
        if (claims := claimed(spec)) > gib(droplet.volume) and goal is Goal.RUNNING:
            message = (
                f'droplet.volume: "{droplet.volume}" in labs/{spec.name}.toml is less than the {claims:g} GiB that the '
                "lab's own volumes claim of it; give more, with room for images, or claim less, for example in "
                "ollama.volume"
            )
            raise LabError(message)
        return cls(
            identity=identity,
            goal=goal,
            sizes=sizes,
            region=droplet.region,
            image=droplet.image,
            gigabytes=ceil(gib(droplet.volume)),
            direct_tailscale=droplet.direct_tailscale,
        )

    @property
    def volume(self) -> NewVolume:
        """What to ask for with the volume."""
        return NewVolume(self.identity.name, self.region, self.gigabytes, VOLUME_LABEL, self.identity.tags)

    @property
    def firewall(self) -> Rules:
        """What to ask for with the firewall.

        It holds for whatever carries the lab's own tag, and so from a droplet's first moment. Rules for what goes out
        have to be there: without any, nothing does (https://docs.digitalocean.com/products/networking/firewalls/).
        """
        doors = [("tcp", SSH_PORT)] + ([("udp", TAILSCALE_UDP_PORT)] if self.direct_tailscale else [])
        anywhere = Ends(addresses=EVERYBODY)
        return Rules(
            name=self.identity.name,
            tags=(self.identity.tags[1],),
            inbound=tuple(Inbound(protocol=kind, ports=str(port), sources=anywhere) for kind, port in doors),
            # "0" is how the API writes "all ports", and answers it for "all" too.
            outbound=tuple(
                Outbound(protocol=kind, ports="0", destinations=anywhere) for kind in ("tcp", "udp", "icmp")
            ),
        )
