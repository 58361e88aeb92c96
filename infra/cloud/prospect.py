"""What a way of a lab would do, before it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.cloud.actions import Action, CreateDroplet
from infra.cloud.convergence import orderable, unavailable
from infra.cloud.observed import Observed
from infra.cloud.resources import Size
from infra.cloud.wanted import Wanted


@dataclass(frozen=True)
class Prospect:
    """What a way would do, before it is gone.

    Attributes:
        wanted: where it leads.
        observed: where it begins.
        actions: what it does at DigitalOcean and in the tailnet.
        key: number of the operator's public key in the account, which a droplet is ordered with.

    """

    wanted: Wanted
    observed: Observed
    actions: tuple[Action, ...]
    key: int | None = None

    @property
    def choices(self) -> tuple[Size, ...]:
        """The sizes of droplet that may be ordered, the next where DigitalOcean does not give the one before."""
        ordered = any(isinstance(action, CreateDroplet) for action in self.actions)
        return orderable(self.wanted, self.observed) if ordered else ()

    @property
    def passed_over(self) -> Mapping[str, str]:
        """The sizes of droplet that cannot be ordered, and why."""
        return unavailable(self.wanted, self.observed) if self.choices else {}

    @property
    def empty(self) -> bool:
        """Whether nothing is there, and nothing is to do."""
        seen = self.observed
        return not (self.actions or seen.droplet or seen.volume or seen.firewalls)
