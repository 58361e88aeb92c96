"""docs/images.md, its second half: what stands between dist/ and what the tests ran."""

from __future__ import annotations

import re
from typing import Final

import pytest

from ailab.images import ALL, DCGM_EXPORTER, Image
from infra.documents import image_table, stand_in_table
from infra.documents.image_table import NOWHERE, gap
from infra.labs import DIST
from infra.manifests import images, read, repository
from testnode.standin import StandIn

DIGEST: Final = "sha256:" + "5eed" * 16
THING: Final = Image(
    repository="registry.test/a/thing", tag="v1.2.0-slim", floor="1.1", why="", user=1, group=1, writes=()
)


def _ran(program: str, *reasons: str) -> StandIn:
    return StandIn(THING.repository, program, reasons=reasons)


@pytest.mark.parametrize(
    ("program", "which"),
    [
        ("Thing 1.2.0 (PyPI)", "that version"),
        ("Th1ng4 1.2.0 (PyPI)", "that version"),
        ("Thing 1.2.1 (PyPI)", "GAP: another version"),
        ("Thing of summer 2026 (Debian)", "GAP: another version"),
        ("Thing (Debian)", "GAP: another version"),
        ("a server of our own that answers as Thing 1.2.0", "GAP: another program"),
    ],
)
def test_what_ran_is_compared_with_the_image(program: str, which: str) -> None:
    row = gap(THING, _ran(program, "one", "two"), {"small": {THING.reference}, "other": {"registry.test/a/thing:v1"}})
    differences = "[2](stand-ins.md#registrytestathingv120-slim)"
    assert row == ("registry.test/a/thing:v1.2.0-slim", "small", "GAP", "1.1", program, which, differences)


def test_an_image_that_nothing_stands_in_for_is_a_gap_with_its_reason() -> None:
    assert gap(DCGM_EXPORTER, None, {}) == (
        f"{DCGM_EXPORTER.repository}:{DCGM_EXPORTER.tag}",
        NOWHERE,
        "yes",
        DCGM_EXPORTER.floor,
        "nothing: needs an NVIDIA GPU and its driver",
        "GAP",
        "",
    )


def test_every_image_of_dist_is_in_the_table_with_its_lab() -> None:
    rows = [
        line.split(" | ") for line in image_table.text().partition("\n## ")[2].splitlines() if line.startswith("| ")
    ]
    named = {cells[0].removeprefix("| "): cells[1] for cells in rows}
    assert [name for name in named if ":" in name] == [f"{image.repository}:{image.tag}" for image in ALL]
    for folder in DIST.iterdir():
        for reference in images(read(folder)):
            assert folder.name in named[reference.partition("@")[0]].split(", "), repository(reference)


def test_every_link_leads_to_a_heading() -> None:
    headings = re.findall(r"^## (.*)$", stand_in_table.text(), flags=re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9_-]", "", heading.lower()) for heading in headings}
    links = re.findall(r"\(stand-ins\.md#(.*?)\)", image_table.text())
    assert len(links) > 5
    assert set(links) <= anchors
