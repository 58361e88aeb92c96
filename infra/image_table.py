"""docs/images.md: which images run, how firmly each is named, and why it is that version."""

from __future__ import annotations

from typing import Final

from ailab.images import ALL, Image

HEAD: Final = """\
# Images

Made from `constructs/ailab/images.py` by `./lab docs`. A tag can be moved to another content, a digest cannot; where no
public pin of a digest is known, the tag stands alone and counts as a GAP. The floor is the oldest version without a
known serious flaw.

"""
COLUMNS: Final = ("image", "tag", "digest", "floor", "user:group", "why this one")


def text() -> str:
    """Write the document."""
    gaps = [image.repository for image in ALL if not image.digest]
    summary = f"{len(ALL) - len(gaps)} of {len(ALL)} images have a digest. GAP: {', '.join(gaps) or 'none'}.\n\n"
    table = [COLUMNS, ("---",) * len(COLUMNS), *(_row(image) for image in ALL)]
    return HEAD + summary + "".join(f"| {' | '.join(cells)} |\n" for cells in table)


def _row(image: Image) -> tuple[str, ...]:
    digest = f"`{image.digest}`" if image.digest else "GAP"
    return f"`{image.repository}`", image.tag, digest, image.floor, f"{image.user}:{image.group}", image.why
