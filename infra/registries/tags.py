"""Tags of images as versions: which are of one kind, and which is newer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

NUMBER: Final = re.compile(r"\d+")
VERSION: Final = re.compile(r"(?<![A-Za-z0-9.])v?(\d+(?:\.\d+)*)")  # not the digit in a name such as Neo4j
COMMIT: Final = re.compile(r"-[0-9a-f]{7,40}$")


def rolling(tag: str) -> bool:
    """Tell whether a tag names a commit behind its date, as releases without versions do."""
    return COMMIT.search(tag) is not None


def first_version(text: str) -> tuple[int, ...]:
    """Read the first version in a text. Zeros at its end say nothing: 1.2.0 is 1.2."""
    found = VERSION.search(text)
    numbers = [int(number) for number in found[1].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def below(tag: str, floor: str) -> bool:
    """Tell whether a tag's version is older than the floor's. What follows behind the version does not count."""
    return first_version(tag) < first_version(floor)


def newer(tag: str, tags: Iterable[str]) -> tuple[str, ...]:
    """Name the newer versions of the same variant, oldest first: of each first number only the newest.

    Another prefix, suffix or count of numbers is another variant, so pre-releases and tags that move (`18`, `latest`)
    never count. A rolling tag is compared by its date; two commits of one day are equally new.
    """
    own = _numbers(tag)
    newest: dict[int, str] = {}
    same = (other for other in tags if _shape(other) == _shape(tag))
    for other in sorted(same, key=lambda other: (_numbers(other), other)):  # a registry's order says nothing
        if _numbers(other) > own:
            newest[_numbers(other)[0]] = other
    return tuple(newest.values())


def _shape(tag: str) -> str:
    return NUMBER.sub("#", COMMIT.sub("-commit", tag))


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(map(int, NUMBER.findall(COMMIT.sub("", tag))))
