"""What must be done, as a function of what is wanted and what is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from infra.cloud.convergence import plan
from infra.cloud.identity import Identity
from infra.cloud.observed import Observed
from infra.cloud.resources import Droplet, Ends, Firewall, Inbound, Size, Status, Volume
from infra.cloud.tailnet import Device
from infra.cloud.wanted import Goal, Wanted

IDENTITY = Identity("gpu-lab", "0123456789abcdef0123456789abcdef")
NAME = "gpu-lab-0123456789ab"
LAB_TAG, UID_TAG = TAGS = ("gpu-lab:gpu-lab", "gpu-lab-uid:0123456789abcdef0123456789abcdef")
FIRST, SECOND = "gpu-l40sx1-48gb", "gpu-6000adax1-48gb"
WANTED = Wanted(IDENTITY, Goal.RUNNING, (FIRST, SECOND), "tor1", "ubuntu-24-04-x64", 200, direct_tailscale=False)


def droplet(**changes: Any) -> Droplet:  # noqa: ANN401 - any field
    fields = {
        "id": 7,
        "name": NAME,
        "status": Status.ACTIVE,
        "size_slug": FIRST,
        "region": {"slug": "tor1"},
        "created_at": datetime(2026, 11, 26, tzinfo=UTC),
        "networks": {"v4": [{"ip_address": "203.0.113.7", "type": "public"}]},
        "tags": TAGS,
        "volume_ids": ("v",),
    }
    return Droplet.model_validate({**fields, **changes})


def volume(**changes: Any) -> Volume:  # noqa: ANN401 - any field
    fields = {"id": "v", "name": NAME, "size_gigabytes": 200, "region": {"slug": "tor1"}, "tags": TAGS}
    return Volume.model_validate({**fields, "droplet_ids": (7,), **changes})


def firewall(**changes: Any) -> Firewall:  # noqa: ANN401 - any field
    rules = WANTED.firewall
    fields = {"id": "f", "name": NAME, "tags": rules.tags}
    return Firewall.model_validate(
        {**fields, "inbound_rules": rules.inbound, "outbound_rules": rules.outbound, **changes}
    )


DEVICE = Device(id="d", hostname="gpu-lab", name="gpu-lab.tail1a2b3c.ts.net", tags=("tag:gpu-lab",))
SIZES = (
    Size(slug=FIRST, price_hourly=1.57, price_monthly=1168, regions=("tor1",)),
    Size(slug=SECOND, price_hourly=1.57, price_monthly=1168, regions=("tor1", "nyc2")),
)
NOTHING = Observed(sizes=SIZES)
RUNNING = Observed(
    frozenset(TAGS), (firewall(),), (volume(),), (droplet(),), (DEVICE,), (), SIZES, joined=True, device="d"
)
PARKED = replace(RUNNING, droplets=(), volumes=(volume(droplet_ids=()),))

LEAVE = LeaveTailnet("gpu-lab")
CASES: tuple[tuple[str, Goal, Observed, tuple[Action, ...]], ...] = (
    (
        "from nothing",
        Goal.RUNNING,
        NOTHING,
        (
            CreateTag(LAB_TAG),
            CreateTag(UID_TAG),
            CreateFirewall(WANTED.firewall),
            CreateVolume(WANTED.volume),
            CreateDroplet(NAME, FIRST, "tor1", None),
        ),
    ),
    ("running", Goal.RUNNING, RUNNING, ()),
    ("resume", Goal.RUNNING, PARKED, (CreateDroplet(NAME, FIRST, "tor1", "v"),)),
    (
        "first size sold out",
        Goal.RUNNING,
        replace(PARKED, sizes=(SIZES[0].model_copy(update={"regions": ()}), SIZES[1])),
        (CreateDroplet(NAME, SECOND, "tor1", "v"),),
    ),
    (
        "first size refused",
        Goal.RUNNING,
        PARKED.without_size(FIRST, "none left"),
        (CreateDroplet(NAME, SECOND, "tor1", "v"),),
    ),
    (
        "droplet being made",
        Goal.RUNNING,
        RUNNING.with_droplet(droplet(status=Status.NEW, networks={})),
        (AwaitDroplet(7, NAME),),
    ),
    (
        "droplet without tags",
        Goal.RUNNING,
        RUNNING.with_droplet(droplet(tags=())),
        (PutTag(LAB_TAG, "droplet", "7", NAME), PutTag(UID_TAG, "droplet", "7", NAME)),
    ),
    (
        "droplet off",
        Goal.RUNNING,
        RUNNING.with_droplet(droplet(status=Status.OFF)),
        (PowerOn(7, NAME), AwaitDroplet(7, NAME)),
    ),
    (
        "volume detached",
        Goal.RUNNING,
        replace(RUNNING, droplets=(droplet(volume_ids=()),), volumes=(volume(droplet_ids=None),)),
        (AttachVolume("v", 7, NAME),),
    ),
    (
        "firewall with another door",
        Goal.RUNNING,
        RUNNING.with_firewall(
            firewall(
                inbound_rules=(
                    *WANTED.firewall.inbound,
                    Inbound(protocol="tcp", ports="80", sources=Ends(addresses=("0.0.0.0/0",))),
                )
            )
        ),
        (ReplaceFirewall("f", WANTED.firewall),),
    ),
    (
        "firewall for other droplets",
        Goal.RUNNING,
        RUNNING.with_firewall(firewall(tags=())),
        (ReplaceFirewall("f", WANTED.firewall),),
    ),
    ("park", Goal.PARKED, RUNNING, (DestroyDroplet(7, NAME),)),
    ("parked", Goal.PARKED, PARKED, ()),
    ("end", Goal.GONE, RUNNING, (DestroyDroplet(7, NAME), DeleteFirewall("f", NAME), LEAVE)),
    (
        "end with the data",
        Goal.ERASED,
        RUNNING,
        (
            DestroyDroplet(7, NAME),
            DeleteFirewall("f", NAME),
            DeleteVolume("v", NAME),
            DeleteTag(LAB_TAG),
            DeleteTag(UID_TAG),
            LEAVE,
        ),
    ),
    (
        "end where only a machine of the name is left",
        Goal.ERASED,
        replace(NOTHING, devices=(DEVICE,)),
        (),
    ),
    ("end that was cut off before the tailnet was left", Goal.GONE, replace(NOTHING, joined=True), (LEAVE,)),
    (
        "running, where the last end left its machine in the tailnet",
        Goal.RUNNING,
        replace(RUNNING, droplets=(), volumes=()),
        (RemoveDevice(DEVICE), CreateVolume(WANTED.volume), CreateDroplet(NAME, FIRST, "tor1", None)),
    ),
    (
        "resume, where nothing says yet which machine of the tailnet is the lab's",
        Goal.RUNNING,
        replace(PARKED, device=None),
        (CreateDroplet(NAME, FIRST, "tor1", "v"),),
    ),
    (
        "running again, where the machine is in the tailnet and its droplet is not there any more",
        Goal.RUNNING,
        replace(RUNNING, droplets=()),
        (CreateDroplet(NAME, FIRST, "tor1", "v"),),
    ),
    (
        "end beside a lab of the same name",
        Goal.ERASED,
        replace(NOTHING, tags=frozenset(TAGS), strangers=(droplet(id=9, name="gpu-lab-x"),)),
        (DeleteTag(UID_TAG),),
    ),
)


@pytest.mark.parametrize(("goal", "observed", "actions"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_actions_are(goal: Goal, observed: Observed, actions: tuple[Action, ...]) -> None:
    assert plan(replace(WANTED, goal=goal), observed) == actions


def test_all_rules_are_compared_as_digitalocean_writes_them() -> None:
    as_told = [rule.model_copy(update={"ports": "all"}) for rule in WANTED.firewall.outbound]
    assert plan(WANTED, RUNNING.with_firewall(firewall(outbound_rules=as_told[::-1]))) == ()


@given(
    goal=st.sampled_from(Goal),
    there=st.sets(st.sampled_from(["droplet", "volume", "firewall"])),
    tags=st.sets(st.sampled_from(TAGS)),
    status=st.sampled_from(Status),
)
def test_only_what_is_the_labs_is_ever_touched(goal: Goal, there: set[str], tags: set[str], status: Status) -> None:
    """What is there is the lab's; no action names anything else, and nothing is destroyed untagged."""
    seen = Observed(
        frozenset(tags),
        (firewall(),) * ("firewall" in there),
        (volume(tags=tuple(tags)),) * ("volume" in there),
        (droplet(tags=tuple(tags), status=status),) * ("droplet" in there),
        sizes=SIZES,
    )
    actions = plan(replace(WANTED, goal=goal), seen)
    for number, action in enumerate(actions):
        match action:
            case DestroyDroplet(id_, _):
                marked = {each.tag for each in actions[:number] if isinstance(each, PutTag)}
                assert (id_, "droplet" in there, marked | tags) == (7, True, set(TAGS))
            case DeleteVolume(id_, _):
                assert (id_, "volume" in there, goal) == ("v", True, Goal.ERASED)
            case CreateDroplet():
                assert ("droplet" in there, goal) == (False, Goal.RUNNING)
