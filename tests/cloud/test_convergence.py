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
from infra.cloud.convergence import AmbiguityError, plan
from infra.cloud.failure import StockError
from infra.cloud.identity import Identity
from infra.cloud.observed import Observed
from infra.cloud.resources import Droplet, Ends, Firewall, Inbound, Size, Status, Volume
from infra.cloud.tailnet import Device
from infra.cloud.wanted import Goal, Wanted
from infra.errors import LabError

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
H100 = Size(slug="gpu-h100x1-80gb", price_hourly=4.41, price_monthly=3281, regions=("tor1",))
OTHER = DEVICE.model_copy(update={"id": "e", "name": "gpu-lab-1.x.ts.net"})
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
        replace(NOTHING, tags=frozenset(TAGS), strangers=("droplet gpu-lab-x (9)",)),
        (DeleteTag(UID_TAG),),
    ),
)


@pytest.mark.parametrize(("goal", "observed", "actions"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_actions_are(goal: Goal, observed: Observed, actions: tuple[Action, ...]) -> None:
    assert plan(replace(WANTED, goal=goal), observed) == actions


@pytest.mark.parametrize(
    ("observed", "line"),
    [
        (
            replace(RUNNING, droplets=(droplet(), droplet(id=8))),
            "gpu-lab has 2 droplets (7, 8); remove all but the right one",
        ),
        (
            replace(RUNNING, volumes=(volume(), volume(id="w"))),
            "gpu-lab has 2 volumes (v, w); remove all but the right one",
        ),
        (
            replace(RUNNING, firewalls=(firewall(), firewall(id="g"))),
            "gpu-lab has 2 firewalls (f, g); remove all but the right one",
        ),
        (
            replace(RUNNING, devices=(DEVICE, OTHER), device=None),
            (
                "gpu-lab has 2 machines in the tailnet (gpu-lab.tail1a2b3c.ts.net, gpu-lab-1.x.ts.net); remove all but "
                "the right one"
            ),
        ),
    ],
    ids=["droplets", "volumes", "firewalls", "devices"],
)
@pytest.mark.parametrize("goal", Goal)
def test_two_of_a_kind_stop_every_way_to_which_they_matter(observed: Observed, line: str, goal: Goal) -> None:
    if len(observed.devices) > 1 and goal is not Goal.RUNNING:  # the tailnet does not matter to the bill
        assert plan(replace(WANTED, goal=goal), observed)[0] == DestroyDroplet(7, NAME)
        return
    with pytest.raises(AmbiguityError) as caught:
        plan(replace(WANTED, goal=goal), observed)
    assert str(caught.value) == line


def test_a_lab_of_the_same_name_stops_up_and_not_park() -> None:
    beside = replace(RUNNING, strangers=("droplet gpu-lab-x (9)",))
    with pytest.raises(AmbiguityError) as caught:
        plan(WANTED, beside)
    assert str(caught.value) == (
        "another lab named gpu-lab is in this account: droplet gpu-lab-x (9); if it is this one, ./lab adopt; if not, "
        "give yours another name"
    )
    assert plan(replace(WANTED, goal=Goal.PARKED), beside) == (DestroyDroplet(7, NAME),)


@pytest.mark.parametrize(
    "observed",
    [
        replace(NOTHING, devices=(OTHER,)),
        replace(NOTHING, devices=(OTHER,), joined=True, device="d"),
        replace(RUNNING, devices=(DEVICE, OTHER)),
    ],
    ids=["before the lab", "after the lab", "beside the lab"],
)
def test_another_machine_of_the_name_stops_up_and_hinders_no_end(observed: Observed) -> None:
    with pytest.raises(AmbiguityError) as caught:
        plan(WANTED, observed)
    assert str(caught.value) == (
        "the tailnet has a machine gpu-lab-1.x.ts.net that is not known to be this lab's; if it is of no use any more, "
        "remove it at https://login.tailscale.com/admin/machines; if it is, rename this lab"
    )
    for goal in (Goal.PARKED, Goal.GONE, Goal.ERASED):
        actions = plan(replace(WANTED, goal=goal), observed)
        assert [action for action in actions if isinstance(action, RemoveDevice)] == []


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (
            replace(WANTED, gigabytes=300),
            (
                "droplet.volume: is 300 GiB in labs/gpu-lab.toml, but the volume has 200 GiB and keeps them; write "
                '"200Gi"'
            ),
        ),
        (
            replace(WANTED, sizes=("gpu-h100x1-80gb",)),
            (
                "droplet.sizes: the lab runs on gpu-l40sx1-48gb in tor1, which labs/gpu-lab.toml does not name; ./lab "
                "park, then ./lab up"
            ),
        ),
    ],
    ids=["volume", "size"],
)
def test_what_a_lab_cannot_become_is_refused(wanted: Wanted, line: str) -> None:
    with pytest.raises(LabError) as caught:
        plan(wanted, replace(RUNNING, sizes=(*SIZES, H100)))
    assert str(caught.value) == line


def test_a_lab_is_not_told_to_park_for_a_size_that_is_not_to_be_had() -> None:
    wanted = replace(WANTED, sizes=("gpu-h100x1-80gb",))
    seen = replace(RUNNING, sizes=(*SIZES, H100.model_copy(update={"regions": ()})))
    with pytest.raises(StockError, match=r"^no droplet to be had in tor1 \(gpu-h100x1-80gb: sold out everywhere\)"):
        plan(wanted, seen)


def test_a_region_that_has_none_left_is_not_left_for_another() -> None:
    only_elsewhere = tuple(size.model_copy(update={"regions": ("nyc2",)}) for size in SIZES)
    with pytest.raises(StockError) as caught:
        plan(WANTED, replace(PARKED, sizes=only_elsewhere))
    assert str(caught.value) == (
        "no droplet to be had in tor1 (gpu-l40sx1-48gb: now only in nyc2; gpu-6000adax1-48gb: now only in nyc2); name "
        "other sizes in droplet.sizes, or try later"
    )


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
