"""From what is wanted and what is there to what must be done. Nothing is asked or changed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from infra.cloud.actions import (
    Action,
    AttachVolume,
    AwaitDroplet,
    CreateDroplet,
    CreateFirewall,
    CreateTag,
    CreateVolume,
    DeleteFirewall,
    DeleteTag,
    DeleteVolume,
    DestroyDroplet,
    LeaveTailnet,
    PowerOn,
    PutTag,
    RemoveDevice,
    ReplaceFirewall,
)
from infra.cloud.attachment import misplaced
from infra.cloud.failure import StockError
from infra.cloud.identity import uids
from infra.cloud.observed import Observed
from infra.cloud.provider import Rules
from infra.cloud.resources import Droplet, Ends, Firewall, Size, Status, Volume, exact, named
from infra.cloud.tailnet import MACHINES, Device
from infra.cloud.wanted import Goal, Wanted
from infra.errors import LabError


class AmbiguityError(LabError):
    """There is more than one of what there may be one of: only a person can say which is the right one."""


def plan(wanted: Wanted, observed: Observed) -> tuple[Action, ...]:
    """Say what to do, in order; nothing where all is as wanted.

    Raises:
        AmbiguityError: two things claim to be the lab's.
        StockError: no wanted size can be had in the region.
        LabError: the lab's file wants what a lab that is there cannot become.

    """
    _one_of_each(wanted, observed)
    _of_no_other(wanted, observed)
    if wanted.goal is Goal.RUNNING:
        _possible(wanted, observed)
    return tuple(_actions(wanted, observed))


def _actions(wanted: Wanted, observed: Observed) -> Iterator[Action]:
    match wanted.goal:
        case Goal.RUNNING:
            if observed.member and not observed.droplet and not observed.volume:
                yield RemoveDevice(observed.member)  # left over when the lab was ended
            yield from (CreateTag(tag) for tag in wanted.identity.tags if tag not in observed.tags)
            yield from _firewall(wanted.firewall, observed.firewall)
            yield from _volume(wanted, observed.volume)
            yield from _droplet(wanted, observed)
        case Goal.PARKED:
            yield from _no_droplet(wanted, observed)
        case Goal.GONE:
            yield from _nothing_but_data(wanted, observed)
            if not observed.volume:
                yield from _no_tags(wanted, observed)
            yield from _no_machine(wanted, observed)
        case Goal.ERASED:
            yield from _nothing_but_data(wanted, observed)
            if observed.volume:
                yield from _marks(wanted, "volume", observed.volume)
                yield DeleteVolume(observed.volume.id, observed.volume.name)
            yield from _no_tags(wanted, observed)
            yield from _no_machine(wanted, observed)


def _no_droplet(wanted: Wanted, observed: Observed) -> Iterator[Action]:
    if observed.droplet:
        yield from _marks(wanted, "droplet", observed.droplet)
        yield DestroyDroplet(observed.droplet.id, observed.droplet.name)


def _nothing_but_data(wanted: Wanted, observed: Observed) -> Iterator[Action]:
    yield from _no_droplet(wanted, observed)  # first, since it is what costs
    yield from (DeleteFirewall(firewall.id, firewall.name) for firewall in observed.firewalls)


def _no_machine(wanted: Wanted, observed: Observed) -> Iterator[Action]:
    if observed.joined:  # last: where the tailnet does not answer, all that costs is gone
        yield LeaveTailnet(wanted.identity.lab)


def _no_tags(wanted: Wanted, observed: Observed) -> Iterator[Action]:
    # Another lab of that name keeps its tag: without it nobody would find that one.
    own = wanted.identity.tags[1:] if observed.strangers else wanted.identity.tags
    yield from (DeleteTag(tag) for tag in own if tag in observed.tags)


def _firewall(wanted: Rules, there: Firewall | None) -> Iterator[Action]:
    if there is None:
        yield CreateFirewall(wanted)
    elif not _same(wanted, there):
        yield ReplaceFirewall(there.id, wanted)


def _volume(wanted: Wanted, there: Volume | None) -> Iterator[Action]:
    if there is None:
        yield CreateVolume(wanted.volume)
    else:
        yield from _marks(wanted, "volume", there)


def _droplet(wanted: Wanted, observed: Observed) -> Iterator[Action]:
    droplet, volume = observed.droplet, observed.volume
    if droplet is None:
        yield CreateDroplet(
            wanted.identity.name, choose_size(wanted, observed), wanted.region, volume.id if volume else None
        )
        return
    yield from _marks(wanted, "droplet", droplet)
    if droplet.status is Status.OFF:
        yield PowerOn(droplet.id, droplet.name)
    if not droplet.running:
        yield AwaitDroplet(droplet.id, droplet.name)
    # Either side may be the older view.
    if volume and volume.id not in droplet.volume_ids and droplet.id not in (volume.droplet_ids or ()):
        yield AttachVolume(volume.id, droplet.id, volume.name)


def _marks(wanted: Wanted, kind: Literal["droplet", "volume"], there: Droplet | Volume) -> Iterator[Action]:
    missing = [tag for tag in wanted.identity.tags if tag not in (there.tags or ())]
    yield from (PutTag(tag, kind, str(there.id), there.name) for tag in missing)


def orderable(wanted: Wanted, observed: Observed) -> tuple[Size, ...]:
    """List the sizes that the region has, in the order in which they are asked for."""
    listed = {size.slug: size for size in observed.sizes if size.slug not in observed.refused}
    return tuple(listed[slug] for slug in wanted.sizes if slug in listed and listed[slug].in_stock(wanted.region))


def unavailable(wanted: Wanted, observed: Observed) -> Mapping[str, str]:
    """Say of each size that the region does not have why that is; the reasons differ, and so do the repairs."""
    had = {size.slug for size in orderable(wanted, observed)}
    listed = {size.slug: size for size in observed.sizes}
    reasons: dict[str, str] = {}
    for slug in (size for size in wanted.sizes if size not in had):
        if slug in observed.refused:
            reasons[slug] = observed.refused[slug]
        elif slug not in listed:
            reasons[slug] = "this account may not have it, or there is no such size"
        elif listed[slug].regions:
            reasons[slug] = f"now only in {', '.join(listed[slug].regions)}"
        else:
            reasons[slug] = "sold out everywhere"
    return reasons


def choose_size(wanted: Wanted, observed: Observed) -> str:
    """Take the first size that the region has.

    Raises:
        StockError: it has none of them.

    """
    if found := orderable(wanted, observed):
        return found[0].slug
    told = "; ".join(f"{slug}: {reason}" for slug, reason in unavailable(wanted, observed).items())
    message = f"no droplet to be had in {wanted.region} ({told}); name other sizes in droplet.sizes, or try later"
    raise StockError(message)


def _one_of_each(wanted: Wanted, observed: Observed) -> None:
    # The bill ends whatever else is amiss, and all firewalls go together.
    kinds: dict[str, Iterable[str]] = {"droplets": map(exact, observed.droplets)}
    if wanted.goal in {Goal.RUNNING, Goal.ERASED}:
        kinds["volumes"] = map(exact, observed.volumes)
    if wanted.goal is Goal.RUNNING:
        kinds["firewalls"] = map(exact, observed.firewalls)
        # Where one is known to be the lab's, `_possible` says so.
        kinds["machines in the tailnet"] = (each.name or each.id for each in observed.devices if not observed.member)
    for kind, found in kinds.items():
        names = list(found)
        if len(names) > 1:
            message = (
                f"{wanted.identity.lab} has {len(names)} {kind} ({', '.join(names)}); remove all but the right one"
            )
            raise AmbiguityError(message)


def _of_no_other(wanted: Wanted, observed: Observed) -> None:
    """Refuse to touch what was the lab's and has become another's."""
    things: tuple[Droplet | Volume, ...] = (*observed.droplets, *observed.volumes)
    for thing in things:
        if (found := uids(thing.tags)) and wanted.identity.uid not in found:
            message = (
                f"{named(thing)}: known here as {wanted.identity.lab}'s, but its tags say that it is another lab's; if "
                f"they are wrong, take the tag gpu-lab-uid:{found[0]} off it; if not, move the lab's state away"
            )
            raise AmbiguityError(message)


def check_namesakes(lab: str, observed: Observed) -> None:
    """Make sure that there is no other lab of the name.

    Raises:
        AmbiguityError: there is.

    """
    if observed.strangers:
        message = (
            f"another lab named {lab} is in this account: {', '.join(map(named, observed.strangers))}; if it is this "
            "one, move its state away, if there is one here, and ./lab adopt; if not, give yours another name"
        )
        raise AmbiguityError(message)


def _possible(wanted: Wanted, observed: Observed) -> None:
    """Refuse what would need another lab, another volume or another droplet than there is."""
    check_namesakes(wanted.identity.lab, observed)
    # Where there is a droplet or a volume and no id is known, the machine itself is asked when it runs.
    if observed.neighbours and (observed.member or not (observed.droplet or observed.volume)):
        raise AmbiguityError(not_ours(observed.neighbours[0]))
    if found := next(misplaced(observed), None):
        raise AmbiguityError(found)
    file = f"labs/{wanted.identity.lab}.toml"
    volume, droplet = observed.volume, observed.droplet
    if volume and volume.region.slug != wanted.region:
        message = (
            f'droplet.region: is "{wanted.region}" in {file}, but the volume with the data is in {volume.region.slug} '
            f'and cannot move; write "{volume.region.slug}"'
        )
        raise LabError(message)
    if volume and volume.size_gigabytes != wanted.gigabytes:
        message = f"droplet.volume: is {wanted.gigabytes} GiB in {file}, but {_as_large(volume, wanted, droplet)}"
        raise LabError(message)
    if droplet and (droplet.size_slug not in wanted.sizes or droplet.region.slug != wanted.region):
        choose_size(wanted, observed)  # who parks for a size that is not to be had would have none
        message = (
            f"droplet.sizes: the lab runs on {droplet.size_slug} in {droplet.region.slug}, which {file} does not "
            "name; ./lab park, then ./lab up"
        )
        raise LabError(message)


def _as_large(volume: Volume, wanted: Wanted, droplet: Droplet | None) -> str:
    """Say how large the volume is, and what is to be done where it shall have another size."""
    has, write = f"the volume has {volume.size_gigabytes} GiB", f'write "{volume.size_gigabytes}Gi"'
    if wanted.gigabytes < volume.size_gigabytes:
        return f"{has}, and no volume can be made smaller; {write}"
    park = "./lab park, then " if droplet else ""
    # https://docs.digitalocean.com/reference/doctl/reference/compute/volume-action/resize/
    resize = f"doctl compute volume-action resize {volume.id} --size {wanted.gigabytes} --region {volume.region.slug}"
    return (
        f"{has}, and no ./lab up makes it larger; {write}, or make it so: {park}{resize}, or the control panel, then "
        "./lab up, at whose boot the file system grows"  # nixos/modules/storage.nix: autoResize
    )


def not_ours(device: Device) -> str:
    """Say what is to be done about another machine of the lab's name: with it, the lab's would get another name."""
    return (
        f"the tailnet has a machine {device.name or device.hostname} that is not known to be this lab's; if it is of "
        f"no use any more, remove it at {MACHINES}; if it is, rename this lab"
    )


def _same(wanted: Rules, there: Firewall) -> bool:
    """Compare as sets: DigitalOcean keeps no order, and adds empty lists."""
    found = {_row(rule.protocol, rule.ports, rule.sources) for rule in there.inbound_rules or ()}
    out = {_row(rule.protocol, rule.ports, rule.destinations) for rule in there.outbound_rules or ()}
    return (
        set(there.tags or ()) == set(wanted.tags)
        and found == {_row(rule.protocol, rule.ports, rule.sources) for rule in wanted.inbound}
        and out == {_row(rule.protocol, rule.ports, rule.destinations) for rule in wanted.outbound}
    )


def _row(protocol: str, ports: str, ends: Ends) -> tuple[object, ...]:
    everything = "0" if ports in {"all", ""} or protocol == "icmp" else ports
    lists = (ends.addresses, ends.tags, ends.droplet_ids)
    return (protocol, everything, *(frozenset(each or ()) for each in lists))
