"""What is to be done about an image, decided from its row and what its registry says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ailab.images import Image
from infra.registries.registry import Manifest
from infra.registries.tags import below, newer, rolling

ROW: Final = "its row of constructs/ailab/images.py"


@dataclass(frozen=True)
class Finding:
    """One thing to tell about an image, and whether somebody must do something about it."""

    text: str
    to_do: bool = True


def check_row(image: Image) -> Iterator[Finding]:
    """Tell what can be told without a registry."""
    if below(image.tag, image.floor):
        yield Finding(f"is below the floor {image.floor}: {image.why}")


def check_tag(image: Image, tag: Manifest | None, pinned: Manifest | None) -> Finding:
    """Compare what the tag leads to now with the known digest.

    Args:
        image: the row.
        tag: what the tag leads to.
        pinned: what the known digest leads to; None too where none is known.

    """
    served = "the known digest is still served" if pinned else "the known digest is gone"
    if tag is None:
        return Finding("no such tag" + (f"; {served}" if image.digest else ""))
    if not tag.index:
        return Finding("is an image for one platform alone; take a tag that leads to an index of several")
    line = f'write digest="{tag.digest}", into {ROW}'
    if image.digest is None:
        return Finding(f"has no digest; {line}")
    if image.digest == tag.digest:
        return Finding("is what its digest says", to_do=False)
    if pinned and not pinned.index:
        return Finding(f"the known digest is that of one platform alone; {line}")
    return Finding(f"the tag has moved, {served}; look at what changed, then {line}")


def check_versions(image: Image, tags: Iterable[str]) -> Iterator[Finding]:
    """Name what is newer among all tags; nobody must do something about it."""
    if versions := newer(image.tag, tags):
        how = " (by their dates: a commit has no order)" if rolling(image.tag) else ""
        yield Finding(f"newer{how}: {', '.join(versions)}", to_do=False)
