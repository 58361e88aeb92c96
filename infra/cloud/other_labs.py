"""What an account has of other labs than the one that is asked for: it is billed, and may be forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cloud.bill import charge
from infra.cloud.identity import lab_of
from infra.cloud.observed import Observed
from infra.cloud.resources import Droplet, Volume, named
from infra.labs import lab_names


def whose(thing: Droplet | Volume) -> str:
    """Say which lab it was made for, and whether that has a file here."""
    lab = lab_of(thing.name, thing.tags)
    if lab is None:
        return "made for a lab that its tags do not name"
    if lab in lab_names():
        return f"made for the lab {lab}"
    return f"made for a lab {lab}, which has no labs/{lab}.toml here; with its file back, ./lab down ends it"


def lines(seen: Observed) -> Iterator[str]:
    """Say what there is, what it costs, and which lab it was made for."""
    for thing in seen.others:
        yield f"  billed as well: {named(thing)}, {charge(thing, seen.sizes)}: {whose(thing)}"
