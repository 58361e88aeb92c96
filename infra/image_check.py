"""What is to be done about an image, decided from its row and what its registry says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ailab.images import Image
from infra.image_tags import below, newer, rolling
from infra.registry import Manifest

ROW: Final = "its row of constructs/ailab/images.py"


@dataclass(frozen=True)
class Seen:
    """What a registry says of one image.

    Attributes:
        tag: what the tag leads to now.
        pinned: what the known digest leads to; None too where no digest is known.
        tags: all tags of the repository.

    """

    tag: Manifest | None
    pinned: Manifest | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """One thing to tell about an image, and whether somebody must do something about it."""

    text: str
    to_do: bool = True


def check_row(image: Image) -> Iterator[Finding]:
    """Tell what can be told without a registry."""
    if below(image.tag, image.floor):
        yield Finding(f"is below the floor {image.floor}: {image.why}")


def check_registry(image: Image, seen: Seen) -> Iterator[Finding]:
    """Compare an image's row with what its registry says."""
    yield _tag(image, seen)
    if versions := newer(image.tag, seen.tags):
        how = " (by their dates: a commit has no order)" if rolling(image.tag) else ""
        yield Finding(f"newer{how}: {', '.join(versions)}", to_do=False)


def _tag(image: Image, seen: Seen) -> Finding:
    """Compare the tag's content with the known digest."""
    served = "the known digest is still served" if seen.pinned else "the known digest is gone"
    if seen.tag is None:
        return Finding("no such tag" + (f"; {served}" if image.digest else ""))
    if not seen.tag.index:
        return Finding("is an image for one platform alone; take a tag that leads to an index of several")
    line = f'write digest="{seen.tag.digest}", into {ROW}'
    if image.digest is None:
        return Finding(f"has no digest; {line}")
    if image.digest == seen.tag.digest:
        return Finding("is what its digest says", to_do=False)
    if seen.pinned and not seen.pinned.index:
        return Finding(f"the known digest is that of one platform alone; {line}")
    return Finding(f"the tag has moved, {served}; look at what changed, then {line}")
