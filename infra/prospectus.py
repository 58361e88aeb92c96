"""What is about to happen, on one screen, and as JSON for other programs."""

from __future__ import annotations

import json
from typing import Final

from infra.changes import Changes
from infra.cloud.bill import Bill, bill, priced
from infra.cloud.journey import STEPS
from infra.cloud.other_labs import lines
from infra.cloud.prospect import Prospect
from infra.cloud.wanted import Goal
from infra.console import say

MACHINE_STEPS: Final = ("reach", "install", "hand_over", "ship", "wait")
MACHINE: Final = "NixOS, its place in the tailnet, secrets, manifests; wait until all parts are available"
NOTHING: Final = {
    Goal.RUNNING: "DigitalOcean and the tailnet have all that the lab wants.",
    Goal.PARKED: "The lab is parked.",
    Goal.GONE: "Of the lab there is nothing but its volume.",
    Goal.ERASED: "There is nothing of the lab.",
}


def cost(prospect: Prospect) -> Bill:
    """Say what the lab costs once the prospect is reality."""
    return bill(prospect.observed, prospect.actions)


def tell(prospect: Prospect) -> None:
    """Show what will be created (+), changed (~) and destroyed (-), the estimated time, and what it costs."""
    if prospect.wanted.goal is Goal.RUNNING and prospect.observed.ending:
        say("  first ./lab up waits for the end of the lab's droplet, which was asked for")
    for action in prospect.actions:
        say(f"{action.sign} {action}")
    if not prospect.actions:
        say(NOTHING[prospect.wanted.goal])
    if prospect.wanted.goal is Goal.RUNNING:
        say(f"  then, as far as the machine does not have it: {MACHINE}")
        say(str(cost(prospect)))
        for size in prospect.choices[1:]:
            price = priced(size.slug, size.price_hourly, size.price_monthly)
            say(f"Where DigitalOcean has none left of that when it is ordered: {price}.")
        for slug, why in prospect.passed_over.items():
            say(f"Not to be had: {slug}: {why}.")
        for line in lines(prospect.observed):
            say(line)
        if prospect.observed.volume is None:  # all that comes later is shorter, and by how much nobody has seen
            say(f"It takes an estimated {_minutes(prospect, *MACHINE_STEPS)} min.")
    elif prospect.actions:
        say(f"It takes an estimated {_minutes(prospect, 'rest')} min.")


def _minutes(prospect: Prospect, *steps: str) -> int:
    seconds = sum(action.seconds for action in prospect.actions) + sum(STEPS[step] for step in steps)
    return max(1, round(seconds / 60))


def as_json(prospect: Prospect, changes: Changes | None = None) -> str:
    """Write the same for another program; with what would change on the machine, where that was asked."""
    price = cost(prospect)
    content = {
        "lab": prospect.wanted.identity.lab,
        "goal": prospect.wanted.goal.value,
        "actions": [{"sign": action.sign.strip(), "what": str(action)} for action in prospect.actions],
        "droplet": _droplet(price.size, price.hourly, price.monthly),
        "otherwise": [_droplet(size.slug, size.price_hourly, size.price_monthly) for size in prospect.choices[1:]],
        "volume": {"price_monthly": price.volume},
    }
    compared = {"nixos": changes.nixos, "manifests": changes.manifests} if changes else {}
    return json.dumps(content | compared, indent=2)


def _droplet(size: str | None, hourly: float, monthly: float) -> dict[str, str | float | None]:
    return {"size": size, "price_hourly": hourly, "price_monthly": monthly}
