"""Rows of images as `ailab.images` has them, of a registry that is not there."""

from __future__ import annotations

from typing import Final

from ailab.images import Image

HOST: Final = "registry.test"


def image(name: str, tag: str, digest: str | None = None, floor: str = "1") -> Image:
    return Image(
        repository=f"{HOST}/{name}", tag=tag, digest=digest, floor=floor, why="a flaw", user=1, group=1, writes=()
    )
