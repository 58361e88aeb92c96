"""What stops a way before anything is done, and the one line that says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.cloud.actions import DestroyDroplet, RemoveDevice
from infra.cloud.convergence import AmbiguityError, plan
from infra.cloud.failure import StockError
from infra.cloud.observed import Observed
from infra.cloud.resources import Size
from infra.cloud.wanted import Goal, Wanted
from infra.errors import LabError
from tests.cloud.test_convergence import (
    DEVICE,
    NAME,
    NOTHING,
    PARKED,
    RUNNING,
    SIZES,
    WANTED,
    droplet,
    firewall,
    volume,
)

H100 = Size(slug="gpu-h100x1-80gb", price_hourly=4.41, price_monthly=3281, regions=("tor1",))
FOREIGN = volume(id="w", name="second-abcdefabcdef", tags=("gpu-lab:second", f"gpu-lab-uid:{'f' * 32}"))
OTHER = DEVICE.model_copy(update={"id": "e", "name": "gpu-lab-1.x.ts.net"})


@pytest.mark.parametrize(
    ("observed", "line"),
    [
        (
            replace(RUNNING, droplets=(droplet(), droplet(id=8))),
            "gpu-lab has 2 droplets (gpu-lab-0123456789ab (7), gpu-lab-0123456789ab (8)); remove all but the right one",
        ),
        (
            replace(RUNNING, volumes=(volume(), volume(id="w"))),
            "gpu-lab has 2 volumes (gpu-lab-0123456789ab (v), gpu-lab-0123456789ab (w)); remove all but the right one",
        ),
        (
            replace(RUNNING, firewalls=(firewall(), firewall(id="g"))),
            (
                "gpu-lab has 2 firewalls (gpu-lab-0123456789ab (f), gpu-lab-0123456789ab (g)); remove all but the "
                "right one"
            ),
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
    matters = {
        *([Goal.RUNNING] if len(observed.devices) > 1 or len(observed.firewalls) > 1 else []),
        *([Goal.RUNNING, Goal.ERASED] if len(observed.volumes) > 1 else []),
        *(Goal if len(observed.droplets) > 1 else []),
    }
    if goal not in matters:  # the bill ends
        assert plan(replace(WANTED, goal=goal), observed)[0] == DestroyDroplet(7, NAME)
        return
    with pytest.raises(AmbiguityError) as caught:
        plan(replace(WANTED, goal=goal), observed)
    assert str(caught.value) == line


def test_a_lab_of_the_same_name_stops_up_and_not_park() -> None:
    beside = replace(RUNNING, strangers=(droplet(id=9, name="gpu-lab-x"),))
    with pytest.raises(AmbiguityError) as caught:
        plan(WANTED, beside)
    assert str(caught.value) == (
        "another lab named gpu-lab is in this account: droplet gpu-lab-x (9); if it is this one, move its state away, "
        "if there is one here, and ./lab adopt; if not, give yours another name"
    )
    assert plan(replace(WANTED, goal=Goal.PARKED), beside) == (DestroyDroplet(7, NAME),)


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize(
    "observed",
    [
        replace(RUNNING, droplets=(droplet(tags=("gpu-lab:second", f"gpu-lab-uid:{'f' * 32}")),)),
        replace(PARKED, volumes=(volume(tags=("gpu-lab:second", f"gpu-lab-uid:{'f' * 32}")),)),
    ],
    ids=["droplet", "volume"],
)
def test_what_was_given_to_another_lab_is_touched_by_no_way(observed: Observed, goal: Goal) -> None:
    with pytest.raises(
        AmbiguityError, match=rf" known here as gpu-lab's, but .* take the tag gpu-lab-uid:{'f' * 32} off"
    ):
        plan(replace(WANTED, goal=goal), observed)


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
    ("observed", "line"),
    [
        (
            replace(RUNNING, attached=(FOREIGN,)),
            (
                f"droplet {NAME} (7): has volume second-abcdefabcdef (w) attached, which is not the lab's and may be "
                f"mounted in the place of volume {NAME} (v); ./lab park, then ./lab up, or, where nothing of it is "
                "mounted, doctl compute volume-action detach w 7 or the control panel takes it off"
            ),
        ),
        (
            replace(RUNNING, volumes=(), attached=(FOREIGN,)),
            (
                f"droplet {NAME} (7): has volume second-abcdefabcdef (w) attached, which is not the lab's and may be "
                "mounted in the place of its volume; ./lab park, then ./lab up, or, where nothing of it is mounted, "
                "doctl compute volume-action detach w 7 or the control panel takes it off"
            ),
        ),
        (
            replace(PARKED, holders=(droplet(id=9, name="other"),)),
            (
                f"volume {NAME} (v): is attached to droplet other (9), which is not the lab's; unmount it there, and "
                "doctl compute volume-action detach v 9 or the control panel takes it off"
            ),
        ),
    ],
    ids=["another volume", "another in the place of none", "another droplet"],
)
def test_what_is_attached_wrongly_stops_up_and_hinders_no_end(observed: Observed, line: str) -> None:
    with pytest.raises(AmbiguityError) as caught:
        plan(WANTED, observed)
    assert str(caught.value) == line
    alone = replace(observed, attached=(), holders=())
    for goal in (Goal.PARKED, Goal.GONE, Goal.ERASED):
        wanted = replace(WANTED, goal=goal)
        assert plan(wanted, observed) == plan(wanted, alone)


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (
            replace(WANTED, gigabytes=300),
            (
                "droplet.volume: is 300 GiB in labs/gpu-lab.toml, but the volume has 200 GiB, and no ./lab up makes it "
                'larger; write "200Gi", or make it so: ./lab park, then doctl compute volume-action resize v --size '
                "300 --region tor1, or the control panel, then ./lab up, at whose boot the file system grows"
            ),
        ),
        (
            replace(WANTED, gigabytes=100),
            (
                "droplet.volume: is 100 GiB in labs/gpu-lab.toml, but the volume has 200 GiB, and no volume can be "
                'made smaller; write "200Gi"'
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
    ids=["larger volume", "smaller volume", "size"],
)
def test_what_a_lab_cannot_become_is_refused(wanted: Wanted, line: str) -> None:
    with pytest.raises(LabError) as caught:
        plan(wanted, replace(RUNNING, sizes=(*SIZES, H100)))
    assert str(caught.value) == line


def test_a_lab_that_is_parked_is_not_told_to_park_for_a_larger_volume() -> None:
    with pytest.raises(LabError, match=r", or make it so: doctl compute volume-action resize v --size 300 "):
        plan(replace(WANTED, gigabytes=300), PARKED)


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
