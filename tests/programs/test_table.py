"""The table of images and what runs in their place."""

from __future__ import annotations

import pytest

from infra import manifests
from infra.labs import DIST
from testnode.programs.table import NOT_RUN, programs, stand_ins


@pytest.mark.node  # what the node's tests need, and no other: a lab with an image more is not wrong
def test_every_image_of_the_lab_has_a_program_or_the_reason_why_not() -> None:
    images = {manifests.repository(reference) for reference in manifests.images(manifests.read(DIST / "gpu-lab"))}
    assert images <= {*stand_ins(), *NOT_RUN}
    assert stand_ins().keys() & NOT_RUN.keys() == set()


def test_every_stand_in_says_what_differs_from_its_image() -> None:
    assert [row.stand_in.program for row in programs() if not all(map(str.strip, row.stand_in.reasons or ("",)))] == []


def test_an_image_is_in_the_table_once() -> None:
    assert len(stand_ins()) == len(programs())
