"""What `./lab status` says is amiss, by names and with what is to be done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from ailab.spec import LabSpec
from infra.cloud.observed import Observed
from infra.cloud.record import Record
from infra.cloud.resources import Status
from infra.cloud.state import Kind
from infra.operator import remains
from infra.status import WRONG, situation
from tests.cloud.scene import Scene
from tests.cloud.test_convergence import DEVICE, IDENTITY, NAME, NOTHING, PARKED, RUNNING, droplet, firewall, volume

NOW: Final = datetime(2026, 11, 27, tzinfo=UTC)
LOST: Final = "tailnet: the droplet is not known to be in it; ./lab up lets it in"


@pytest.fixture
def lab(scene: Scene) -> LabSpec:
    return scene.lab


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (
            replace(RUNNING, droplets=(droplet(), droplet(id=8))),
            f"droplets: 2, and a lab has one; remove all but the right one: {NAME} (7), {NAME} (8)",
        ),
        (
            replace(PARKED, volumes=(volume(), volume(id="w"))),
            f"volumes: 2, and a lab has one; remove all but the right one: {NAME} (v), {NAME} (w)",
        ),
        (
            replace(RUNNING, firewalls=(firewall(), firewall(id="g"))),
            f"firewalls: 2, and a lab has one; remove all but the right one: {NAME} (f), {NAME} (g)",
        ),
        (
            RUNNING.with_droplet(droplet(status=Status.OFF)),
            f"droplet {NAME}: does not run, and is billed; ./lab up starts it, ./lab park ends it",
        ),
        (
            replace(PARKED, holders=(droplet(id=9, name="other"),)),
            (
                f"volume {NAME} (v): is attached to droplet other (9), which is not the lab's; unmount it there, and "
                "doctl compute volume-action detach v 9 or the control panel takes it off"
            ),
        ),
        (RUNNING.with_volume(None), "volume: missing; ./lab up makes it"),
        (RUNNING.with_firewall(None), "firewall: missing; ./lab up makes it"),
        (replace(RUNNING, devices=()), LOST),
        (replace(RUNNING, devices=(DEVICE.model_copy(update={"id": "e"}),)), LOST),
    ],
    ids=[
        "droplets",
        "volumes",
        "firewalls",
        "off",
        "holder",
        "no volume",
        "no firewall",
        "no device",
        "another device",
    ],
)
def test_what_is_amiss_is_a_line_with_its_repair(lab: LabSpec, seen: Observed, line: str) -> None:
    found = situation(lab, seen, NOW)
    assert (found.status, found.lines[-1]) == (WRONG, line)


@pytest.mark.parametrize("seen", [RUNNING, PARKED, NOTHING], ids=["runs", "is parked", "is not there"])
def test_where_all_is_as_it_should_be_nothing_is_amiss_and_no_number_is_shown(lab: LabSpec, seen: Observed) -> None:
    lines = situation(lab, seen, NOW).lines
    assert [line.partition(":")[0] for line in lines] == [
        *[f"droplet {NAME}"] * len(seen.droplets),
        *[f"volume {NAME}"] * len(seen.volumes),
        *[f"firewall {NAME}"] * len(seen.firewalls),
        *["machine gpu-lab.tail1a2b3c.ts.net of the tailnet"] * len(seen.devices),
    ]


def test_a_tailnet_that_was_not_asked_is_not_said_to_lack_the_droplet(lab: LabSpec) -> None:
    lines = situation(lab, replace(RUNNING, devices=()), NOW, silence="no answer").lines
    assert lines[-2:] == (f"firewall {NAME}", "tailnet: not asked: no answer")


def test_what_a_down_that_was_cut_off_leaves_is_named_with_what_ends_its_bill(scene: Scene) -> None:
    record = Record(scene.folder)
    record.begin(IDENTITY, "somebody")
    record.made(Kind.VOLUME, "a-number", NOW)
    billed = "a volume is billed until it is gone: ./lab up goes on with it, ./lab status looks"
    assert list(remains(record)) == [f"volume {NAME} is there", billed]
    record.doom(Kind.VOLUME, NOW)
    assert list(remains(record)) == [
        f"the end of volume {NAME} was asked for; it may still be there",
        "a volume is billed until it is gone: ./lab down --delete-data gpu-lab makes sure of its end",
    ]
