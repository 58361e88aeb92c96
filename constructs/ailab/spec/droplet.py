"""The rented machine: which sizes of DigitalOcean, where, and the volume that outlives it."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ailab.memory import CARDS, Card
from ailab.spec.faults import fault
from ailab.spec.values import Section, Size, at_most

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# As all of `region_slug` in DigitalOcean's OpenAPI document. Not that list itself: regions are added, and `./lab plan`
# asks which there are.
_REGION: Final = re.compile(r"[a-z]{3}[0-9]+")

GPU_SIZE: Final = "gpu-"
"""How the name of each size with a GPU begins (https://docs.digitalocean.com/products/droplets/details/pricing/)."""
VOLUME_LABEL: Final = "gpu-lab"
"""The label of the volume's file system, by which the machine mounts it: its name has a part that no file knows."""
LARGEST_VOLUME: Final = "16Ti"
"""The most to which a volume can be made larger: `volume_action_post_resize` of DigitalOcean's OpenAPI document."""


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise fault(value, "is no name of DigitalOcean's", 'give it as in its API, such as "gpu-l40sx1-48gb"')
    return value


def _region(value: str) -> str:
    if not _REGION.fullmatch(value):
        repair = 'give three letters and a number, such as "tor1" or "nyc2"'
        raise fault(value, "is no region of DigitalOcean's", repair)
    return value


Slug = Annotated[str, AfterValidator(_slug), Field(title="name of DigitalOcean's (small letters, digits, -)")]
Region = Annotated[str, AfterValidator(_region), Field(title="region of DigitalOcean's (three letters and a number)")]


class DropletSpec(Section):
    """The droplet that `./lab up` rents. A lab on a cluster of its owner's needs none of it."""

    sizes: tuple[Slug, ...] = Field(
        (),
        description="sizes of droplets, the first that can be had is taken; where none is given, those with `gpu.card`",
        examples=[["gpu-l40sx1-48gb", "gpu-6000adax1-48gb"]],
    )
    region: Region = Field("tor1", description="where droplet and volume are", examples=["tor1"])
    image: Slug = Field(
        "ubuntu-24-04-x64", description="the system that NixOS takes the place of", examples=["ubuntu-24-04-x64"]
    )
    volume: Annotated[Size, AfterValidator(at_most(LARGEST_VOLUME, "DigitalOcean has no larger volume"))] = Field(
        "300Gi",
        description="the volume that outlives the droplet: databases, models, images, the state of the cluster",
        examples=["300Gi"],
    )
    direct_tailscale: bool = Field(
        default=False,
        strict=True,
        description="open 41641/udp to everybody, so that Tailscale needs no relay where it finds no way through",
        examples=[False],
    )

    def sizes_for(self, card: Card, count: int) -> tuple[str, ...]:
        """Give the sizes in the order in which they are tried; by themselves none with more cards than are asked for.

        Args:
            card: what the lab's models are planned for.
            count: how many of them, as DigitalOcean writes it into the names: gpu-h100x8-640gb has eight.

        """
        return self.sizes or tuple(size for size in card.droplets if f"x{count}-" in size)

    def too_small_for(self, card: Card) -> list[str]:
        """Name the sizes whose card is known to have less memory than this one."""
        known = {size: other for other in CARDS.values() for size in other.droplets}
        return [size for size in self.sizes if size in known and known[size].memory < card.memory]
