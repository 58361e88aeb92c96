"""`./lab status`: what there is of a lab, and what it costs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

import click

from ailab.spec import LabSpec
from infra.cloud.attachment import misplaced
from infra.cloud.bill import charge, hourly, monthly, spent
from infra.cloud.journey import Journey
from infra.cloud.observed import Observed
from infra.cloud.other_labs import whose
from infra.cloud.resources import Droplet, Firewall, Volume, exact
from infra.cloud.state import Kind
from infra.cloud.tailnet import MACHINES
from infra.console import json_option, result, say
from infra.errors import LabError
from infra.labs import LAB_OPTION, one_lab
from infra.machine import login_of
from infra.operator import equipment, looking
from infra.process import CommandError

# As systemctl's: https://www.freedesktop.org/software/systemd/man/latest/systemctl.html#Exit%20status
RUNS, WRONG, PARKED, ABSENT = 0, 1, 3, 4


@dataclass(frozen=True)
class Situation:
    """What there is, in a word and in lines.

    Attributes:
        status: the exit status.
        word: the same for people.
        lines: what there is, one thing a line.
        hourly: US dollars for the droplet, and for droplets of the lab's name that are unknown here.
        monthly: US dollars for the volume, and for such volumes.
        others: what the account has of labs of other names, one thing a line.

    """

    status: int
    word: str
    lines: tuple[str, ...]
    hourly: float
    monthly: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """What k3s has made of the manifests that it was given.

    Attributes:
        applied: whether it says that it has applied them; None where the machine could not be asked.
        why: why not, or why nobody could, in one line.

    """

    applied: bool | None = None
    why: str | None = None

    def lines(self) -> Iterator[str]:
        """Say what is wrong, if anything is."""
        if self.why:
            yield f"manifests: {'not asked for' if self.applied is None else 'not applied by k3s'}: {self.why}"


NOT_ASKED: Final = Delivery()
STATUSES: Final = {
    RUNS: "it runs",
    PARKED: "it is parked",
    ABSENT: "it is not there",
    WRONG: (
        "something of it is missing, switched off, there twice, unknown here, wrongly attached, on its way, not in the "
        "tailnet, or not applied by k3s, as a line says; or what there is cannot be found out"
    ),
}
"""What each exit status says; the README has the same words."""
WORDS: Final = {RUNS: "runs", WRONG: "is not as it should be", PARKED: "is parked", ABSENT: "is not there"}


def situation(
    lab: LabSpec,
    seen: Observed,
    now: datetime,
    asked_for: Iterable[Kind] = (),
    *,
    manifests: Delivery = NOT_ASKED,
    silence: str | None = None,
    lacking: str | None = None,
) -> Situation:
    """Judge what was seen.

    Args:
        lab: the lab.
        seen: what there is.
        now: the time.
        asked_for: kinds of things that were asked for with an unknown outcome.
        manifests: what the machine says of them.
        silence: why the tailnet was not asked.
        lacking: which of the lab's keys are not here, and how they come back.

    """
    open_questions = [kind for kind in asked_for if not _seen(seen, kind)]
    lines = [f"{kind}: asked for, and not in the lists yet; look again in two minutes" for kind in open_questions]
    own: tuple[Droplet | Volume, ...] = (*seen.droplets, *seen.volumes)
    lines += [_billed(thing, seen, now) for thing in own]
    lines += [f"firewall {firewall.name}" for firewall in seen.firewalls]
    for device in seen.devices:
        other = ": not known to be this lab's" if seen.device and device is not seen.member else ""
        lines.append(f"machine {device.name or device.hostname} of the tailnet{other}")
    asked = silence is None
    lines += _amiss(seen, asked=asked)
    lines += [f"{_billed(thing, seen, now)}: {lab.name}'s, unknown here; ./lab adopt" for thing in seen.strangers]
    lines += [lacking] if lacking else []
    # Where none is reached, why that is and what helps is in the line above.
    lines += [] if lacking and manifests.applied is None else manifests.lines()
    lines += [f"tailnet: not asked: {silence}"] if silence else []
    wrong = open_questions or lacking or manifests.applied is False
    return Situation(
        status=(status := WRONG if wrong else _status(seen, asked=asked)),
        word=WORDS[status],
        lines=tuple(lines),
        hourly=sum(hourly(thing, seen.sizes) or 0 for thing in (*own, *seen.strangers)),
        monthly=sum(map(monthly, (*own, *seen.strangers))),
        others=tuple(f"{_billed(thing, seen, now)}: {whose(thing)}" for thing in seen.others),
    )


def _billed(thing: Droplet | Volume, seen: Observed, now: datetime) -> str:
    """Say what is billed, and how much."""
    cost = charge(thing, seen.sizes)
    if isinstance(thing, Volume):
        return f"volume {thing.name}: {thing.size_gigabytes} GiB in {thing.region.slug}, {cost}"
    price = hourly(thing, seen.sizes)
    so_far = "" if price is None else f", ${spent(price, thing.created_at, now):,.2f} so far"
    place = f"{thing.size_slug} in {thing.region.slug}, {thing.address or 'no address yet'}"
    return f"droplet {thing.name}: {thing.status}, {place}, {cost}{so_far}"


def _seen(seen: Observed, kind: Kind) -> bool:
    return bool({Kind.DROPLET: seen.droplets, Kind.VOLUME: seen.volumes, Kind.FIREWALL: seen.firewalls}[kind])


def _amiss(seen: Observed, *, asked: bool) -> Iterator[str]:
    """Say what there is too much of, and what a lab that runs has not, with what is to be done about it.

    Args:
        seen: what there is.
        asked: whether the tailnet was asked, too.

    """
    billed: dict[str, Sequence[Droplet | Volume | Firewall]] = {
        "droplets": seen.droplets,
        "volumes": seen.volumes,
        "firewalls": seen.firewalls,
    }
    for kind, found in billed.items():
        if len(found) > 1:
            names = ", ".join(map(exact, found))
            yield f"{kind}: {len(found)}, and a lab has one; remove all but the right one: {names}"
    if len(seen.devices) > 1:
        yield f"machines of the tailnet: {len(seen.devices)} of the lab's name; remove what is of no use at {MACHINES}"
    yield from misplaced(seen)
    if seen.droplet is None:
        return
    if seen.ends(seen.droplet):
        yield f"droplet {seen.droplet.name}: its end was asked for; it is billed until then, ./lab park makes sure"
        return
    if not seen.droplet.running:
        yield f"droplet {seen.droplet.name}: does not run, and is billed; ./lab up starts it, ./lab park ends it"
    for kind, thing in (("volume", seen.volume), ("firewall", seen.firewall)):
        if thing is None:
            yield f"{kind}: missing; ./lab up makes it"
    if asked and not (seen.member or (seen.devices and seen.device is None)):
        yield "tailnet: the droplet is not known to be in it; ./lab up lets it in"


def _status(seen: Observed, *, asked: bool) -> int:
    if seen.strangers or any(_amiss(seen, asked=asked)):
        return WRONG
    if seen.droplet:
        return RUNS
    return PARKED if seen.volume else ABSENT


def delivery(lab: LabSpec, seen: Observed) -> Delivery:
    """Ask the machine, where one runs; one on which k3s does not answer is no lab that runs."""
    if seen.droplet is None or not seen.droplet.running or seen.ends(seen.droplet):
        return NOT_ASKED
    try:
        why = equipment().unapplied(login_of(lab), lab.name)
    except CommandError as error:
        helps = "./lab up starts what was stopped, ./lab logs --unit k3s says more"
        why = f"k3s does not answer: {str(error).splitlines()[-1]}; {helps}"
    except LabError as error:
        return Delivery(why=str(error))
    return Delivery(applied=why is None, why=why)


def _seen_of(journey: Journey) -> tuple[Observed, str | None]:
    """Look at all; where the tailnet does not answer, at all else, and say why."""
    seen = journey.look(tailnet=False)
    try:
        return replace(seen, devices=journey.tailnet.devices(journey.lab.name)), None
    except LabError as error:
        return seen, str(error)


@click.command(
    short_help="What there is of the lab, and what it costs.",
    epilog=f"Status {' '.join(f'{number}: {meaning}.' for number, meaning in STATUSES.items())}",
)
@LAB_OPTION
@json_option("Print it as JSON.")
def status(lab_name: str | None, *, machine_readable: bool) -> None:
    """Show what there is of the lab in the account and the tailnet, what it costs, and what k3s does not apply.

    Where Tailscale does not answer, a line says so, and the status goes by all else.
    """
    lab = one_lab(lab_name)
    with looking(lab) as journey:
        known = journey.record.known
        asked_for = known.intents if known else ()
        seen, silence = _seen_of(journey)
        manifests = delivery(lab, seen)
        lacking = journey.lacking(seen)
        now = journey.clock.now()
        found = situation(lab, seen, now, asked_for, manifests=manifests, silence=silence, lacking=lacking)
    if machine_readable:
        content = {
            "lab": lab.name,
            "state": found.word,
            "things": found.lines,
            "price_hourly": found.hourly,
            "volume_price_monthly": found.monthly,
            "others": found.others,
            "manifests": asdict(manifests),
        }
        result(json.dumps(content, indent=2))
    else:
        for line in (*found.lines, *found.others):
            result(line)
        say(f"{lab.name} {found.word}")
    sys.exit(found.status)
