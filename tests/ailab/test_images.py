from __future__ import annotations

import re
from typing import Final

import pytest

from ailab.images import ALL, Image
from tests.policy.images import version

FIX: Final = re.compile(r"fixed in v?([0-9]+(?:\.[0-9]+)*)")


@pytest.mark.parametrize("image", ALL, ids=lambda image: image.repository)
def test_no_image_below_the_fix_that_its_row_tells_of_is_permitted(image: Image) -> None:
    assert [fix for fix in FIX.findall(image.why) if version(fix) > version(image.floor)] == []


@pytest.mark.parametrize("image", ALL, ids=lambda image: image.repository)
def test_the_image_itself_is_not_below_its_floor(image: Image) -> None:
    assert version(image.tag) >= version(image.floor)


def test_fixes_are_told_in_words_that_are_found() -> None:
    told = {image.repository: FIX.findall(image.why) for image in ALL if "CVE" in image.why or "GHSA" in image.why}
    assert all(told.values())
    assert told["ghcr.io/berriai/litellm-non_root"] == ["1.103.1"]
