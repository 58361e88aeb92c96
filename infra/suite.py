"""`./lab test`: every tier of tests that this machine can run, and the names of those it cannot."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import click

from infra.console import say
from infra.errors import LabError
from infra.labs import ROOT
from infra.process import run

NOTHING_SELECTED = 5  # pytest's exit status
LIMIT = 10800  # seconds; what a run may take at most: that of the node takes 2500 on two slow cores


@dataclass(frozen=True)
class Tier:
    """Tests that need the same programs."""

    name: str
    about: str
    markers: str  # pytest's -m
    missing: Callable[[], Sequence[str]]
    words: Sequence[str] = ()  # pytest's others


def _nothing() -> Sequence[str]:
    return ()


def _node_programs() -> Sequence[str]:
    from testnode.build import missing  # noqa: PLC0415 - the fast tier must not pay for it

    return missing()


def _host_programs() -> Sequence[str]:
    from testnode.build import missing_for_host  # noqa: PLC0415 - as above

    return missing_for_host()


# On every core, each with its own part of the list, so that neighbours share what their module has made. The tests of
# a node have one node, and are alone.
PARALLEL: Final = ("--numprocesses=auto", "--dist=worksteal")
TIERS = (
    Tier("fast", "Python only", "not host and not node and not apiserver and not long", _nothing, PARALLEL),
    Tier("host", "the machine's packet filters, tailnet and sshd, as root", "host and not long", _host_programs),
    Tier("node", "a Kubernetes node with the real programs", "(node or apiserver) and not long", _node_programs),
)
LONG = Tier("long", "load, absent parts, restores; each call to a cloud cut", "long", _node_programs)
"""Takes half as long again as the node's tier: before a release, and after a change of what it is about."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--fast", is_flag=True, help="Only the tier that needs nothing but Python.")
@click.option("--all", "everything", is_flag=True, help="Build what is missing first; a missing program is a failure.")
@click.option("--long", "also_long", is_flag=True, help="Also the tier of load, absent parts and restores.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(*, fast: bool, everything: bool, also_long: bool, pytest_args: tuple[str, ...]) -> None:
    """Run the tests. Further arguments go to pytest."""
    if everything:
        from testnode.build import build  # noqa: PLC0415 - as above

        build(say)
    failed, budget = [], []
    for tier in TIERS[:1] if fast else (*TIERS, LONG) if also_long else TIERS:
        if missing := tier.missing():
            if everything:
                message = f"tier {tier.name}: missing: {', '.join(missing)}"
                raise LabError(message)
            say(f"NOT RUN: tier {tier.name} ({tier.about}); missing: {', '.join(missing)}")
            say("./lab cluster build makes what is missing")
            continue
        start = time.monotonic()
        done = run(
            [sys.executable, "-m", "pytest", "-m", tier.markers, *tier.words, *pytest_args],
            cwd=ROOT,
            env={"LAB_TEST_ALL": "1"} if everything else {},
            timeout=LIMIT,
            capture=False,
            check=False,
        )
        budget.append(f"{tier.name} {time.monotonic() - start:.0f} s")
        # A person who names some tests wants those: that another tier has none of them is no failure.
        if done.status != 0 and not (pytest_args and done.status == NOTHING_SELECTED):
            failed.append(tier.name)
    say(f"time: {', '.join(budget)}")
    if failed:
        message = f"failed: tier {', '.join(failed)}"
        raise LabError(message)
