from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailab.images import ALL, Image
from infra.registries.check import check_row
from infra.registries.tags import below, newer, rolling


@pytest.mark.parametrize(
    ("tag", "others", "expected"),
    [
        ("18.6", ["18.5", "18.7", "18.10", "19.0", "19.1"], ("18.10", "19.1")),
        ("18.6", ["19", "18", "latest", "19beta1", "18.7-alpine", "v18.7", "18.7.1"], ()),
        ("v1.103.2", ["v1.103.3", "v1.104.0-rc.1", "v1.104.0.rc1", "v1.104.0-nightly", "1.104.0"], ("v1.103.3",)),
        ("version-20.26.1-nonroot", ["version-20.27.0", "version-20.27.0-nonroot"], ("version-20.27.0-nonroot",)),
        ("2026.09.0-community", ["2026.10.0-enterprise", "2026.10.0-community-ubi9", "2026.10.0-community"],
         ("2026.10.0-community",)),
        ("4.5.3-4.8.2-distroless", ["4.5.3-4.8.3-distroless", "4.6.0-4.9.0-ubuntu22.04"], ("4.5.3-4.8.3-distroless",)),
        ("2026.10.7-6671d89be", ["2026.10.7-fffff9999", "2026.10.12-123456789", "2026.9.30-abcdefabc", "2026.11.1"],
         ("2026.10.12-123456789",)),
        ("2026.10.7-6671d89be", ["2026.10.7-fffff9999"], ()),
        ("0.35.1", [], ()),
    ],
)  # fmt: skip
def test_newer_are_the_higher_versions_of_the_same_variant(
    tag: str, others: list[str], expected: tuple[str, ...]
) -> None:
    assert newer(tag, others) == expected


@given(st.lists(st.from_regex(r"[0-2]{1,2}\.[0-2]{1,2}-[0-9a-f]{7}", fullmatch=True)))
def test_the_order_in_which_a_registry_lists_its_tags_changes_nothing(tags: list[str]) -> None:
    assert newer("1.1-6671d89", tags) == newer("1.1-6671d89", reversed(tags))


@pytest.mark.parametrize(
    ("tag", "floor", "expected"),
    [
        ("18.5", "18.6", True),
        ("18.6", "18.6", False),
        ("18.10", "18.6", False),
        ("v1.103.0", "v1.103.1", True),
        ("1.103.0", "v1.103.1", True),
        ("version-20.18.9-nonroot", "20.19.0", True),
        ("version-20.19.0-nonroot", "20.19.0", False),
        ("4.5.2-4.8.2-distroless", "4.5.3", True),
        ("2026.9.24-6671d89be", "2026.9.25", True),
        ("2026.10.7-6671d89be", "2026.9.25", False),
        ("18.6", "18.6.0", False),
    ],
)
def test_a_floor_is_compared_by_the_first_version_alone(tag: str, floor: str, *, expected: bool) -> None:
    assert below(tag, floor) == expected


def test_the_images_with_a_rolling_tag_are_known_as_such() -> None:
    assert [image.repository for image in ALL if rolling(image.tag)] == ["docker.io/searxng/searxng"]


@pytest.mark.parametrize("image", ALL, ids=lambda image: image.repository)
def test_every_tag_is_older_than_its_next_version(image: Image) -> None:
    """Each image's way to write versions is understood."""
    first, dot, rest = image.tag.partition(".")
    number = "".join(letter for letter in first if letter.isdigit())
    following = first.replace(number, str(int(number) + 1)) + dot + rest
    assert newer(image.tag, [following, image.tag]) == (following,)


@pytest.mark.parametrize("image", ALL, ids=lambda image: image.repository)
def test_no_image_of_the_labs_is_below_its_floor(image: Image) -> None:
    assert list(check_row(image)) == []
