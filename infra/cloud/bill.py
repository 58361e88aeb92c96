"""What a lab costs: the droplet by the prices of DigitalOcean's API, the volume by its list price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.cloud.actions import Action, CreateDroplet, CreateVolume, DeleteVolume, DestroyDroplet
from infra.cloud.observed import Observed
from infra.cloud.resources import Droplet, Size, Volume

LEAST_SECONDS: Final = 60
LEAST_CHARGE: Final = 0.01
"""A droplet is billed by the second, from its order until it is destroyed, but never less than these two would be:
https://docs.digitalocean.com/products/droplets/details/pricing/ (since 2026-01-01)."""
VOLUME_MONTHLY: Final = 0.10
"""US dollars for each GiB; the API does not say it: https://docs.digitalocean.com/products/volumes/details/pricing/"""


@dataclass(frozen=True)
class Bill:
    """US dollars.

    Attributes:
        size: of the droplet; None where none is wanted.
        hourly: for the droplet, whether it is on or off.
        monthly: for the droplet, all month.
        volume: for the volume, each month, whether there is a droplet or not.

    """

    size: str | None
    hourly: float
    monthly: float
    volume: float

    def __str__(self) -> str:
        both = f"with the volume ${self.monthly + self.volume:,.0f} a month"
        droplet = f"{priced(self.size, self.hourly, self.monthly)}; {both}. " if self.size else ""
        return f"{droplet}While parked the volume alone is billed: ${self.volume:,.2f} a month."


def priced(size: str, hourly: float, monthly: float) -> str:
    """Say what a droplet costs."""
    return f"{size}: ${hourly:.2f} an hour, ${monthly:,.0f} a month"


def bill(observed: Observed, actions: tuple[Action, ...]) -> Bill:
    """Say what the lab costs after these actions.

    Args:
        observed: what is there.
        actions: what will be done; what is made and what is deleted among them is counted.

    """
    new = next((action.size for action in actions if isinstance(action, CreateDroplet)), None)
    stays = observed.droplet and not any(isinstance(action, DestroyDroplet) for action in actions)
    slug = observed.droplet.size_slug if observed.droplet and stays else new
    price = price_of(observed.sizes, slug)
    gigabytes = observed.volume.size_gigabytes if observed.volume else 0
    for action in actions:
        match action:
            case CreateVolume(volume):
                gigabytes = volume.gigabytes
            case DeleteVolume():
                gigabytes = 0
    return Bill(
        size=slug,
        hourly=price.price_hourly if price else 0.0,
        monthly=price.price_monthly if price else 0.0,
        volume=gigabytes * VOLUME_MONTHLY,
    )


def price_of(sizes: tuple[Size, ...], slug: str | None) -> Size | None:
    """Find a size; None for one that the account may not have any more."""
    return next((size for size in sizes if size.slug == slug), None)


def hourly(thing: Droplet | Volume, sizes: tuple[Size, ...]) -> float | None:
    """Return what a droplet costs an hour; None for a volume, and where the price is not known."""
    price = price_of(sizes, thing.size_slug) if isinstance(thing, Droplet) else None
    return price.price_hourly if price else None


def monthly(thing: Droplet | Volume) -> float:
    """Return what a volume costs a month; a droplet is paid by the second."""
    return thing.size_gigabytes * VOLUME_MONTHLY if isinstance(thing, Volume) else 0.0


def charge(thing: Droplet | Volume, sizes: tuple[Size, ...]) -> str:
    """Say what a thing costs."""
    if isinstance(thing, Volume):
        return f"${monthly(thing):,.2f} a month"
    price = hourly(thing, sizes)
    return "at an unknown price" if price is None else f"${price:.2f} an hour"


def spent(hourly: float, since: datetime, now: datetime) -> float:
    """Return what a droplet has cost so far: each second, or DigitalOcean's least charge where that is more."""
    seconds = max(LEAST_SECONDS, (now - since).total_seconds())
    return max(LEAST_CHARGE, hourly * seconds / 3600)
