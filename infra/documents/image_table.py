"""docs/images.md: which images run, how firmly each is named, why it is that version, and what was tested instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from ailab.images import ALL, Image
from infra.documents.stand_in_table import why_not_run
from infra.labs import DIST
from infra.manifests import images, read
from infra.registries.tags import first_version
from testnode.programs.table import stand_ins

if TYPE_CHECKING:
    from testnode.standin import StandIn

HEAD: Final = """\
# Images

Made from `constructs/ailab/images.py` by `./lab docs`. A tag can be moved to another content, a digest cannot; where no
public pin of a digest is known, the tag stands alone and counts as a GAP. The floor is the oldest version without a
known serious flaw. `./lab images` asks the registries about all of them.

"""
TESTED: Final = """
## What `dist/` names and what the tests ran

No image can be pulled where the tests run: programs of package registries take their place. Each link leads to what
differs beside the version.

"""
ROWS: Final = ("image", "tag", "digest", "floor", "user:group", "why this one")
GAPS: Final = ("image and tag", "in", "digest", "floor", "the tests ran", "which is", "differences")
NOWHERE: Final = "no lab"
OURS: Final = "of our own"


def text() -> str:
    """Write the document."""
    gaps = [image.repository for image in ALL if not image.digest]
    summary = f"{len(ALL) - len(gaps)} of {len(ALL)} images have a digest. GAP: {', '.join(gaps) or 'none'}.\n\n"
    labs = {folder.name: images(read(folder)) for folder in sorted(DIST.iterdir())}
    table = stand_ins()
    tested = _table(GAPS, (gap(image, table.get(image.repository), labs) for image in ALL))
    return HEAD + summary + _table(ROWS, map(_row, ALL)) + TESTED + tested


def gap(image: Image, stand_in: StandIn | None, labs: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Say what stands between an image and what the tests ran.

    Args:
        image: the image.
        stand_in: what runs in its place, if anything does.
        labs: the references of images in the manifests of each lab.

    """
    tagged = f"{image.repository}:{image.tag}"
    users = ", ".join(lab for lab, references in labs.items() if image.reference in references) or NOWHERE
    ran, which, differences = f"nothing: {why_not_run(image)}", "GAP", ""
    if stand_in:
        anchor = re.sub(r"[^\w-]", "", tagged.lower())  # as GitHub makes it of a heading
        ran, which = stand_in.program, _likeness(image, stand_in)
        differences = f"[{len(stand_in.reasons)}](stand-ins.md#{anchor})"
    return tagged, users, "yes" if image.digest else "GAP", image.floor, ran, which, differences


def _likeness(image: Image, stand_in: StandIn) -> str:
    if OURS in stand_in.program:
        return "GAP: another program"
    same = first_version(stand_in.program) == first_version(image.tag)
    return "that version" if same else "GAP: another version"


def _row(image: Image) -> tuple[str, ...]:
    digest = f"`{image.digest}`" if image.digest else "GAP"
    return f"`{image.repository}`", image.tag, digest, image.floor, f"{image.user}:{image.group}", image.why


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
