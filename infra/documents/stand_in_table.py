"""docs/stand-ins.md: which program runs in the place of which image in the tests, and what is not as in the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ailab.images import ALL, Image
from testnode.programs.table import NOT_RUN, stand_ins

HEAD: Final = """\
# What the tests run in the place of images

Made from `testnode/programs/table.py` by `./lab docs`. No image can be pulled where the tests run. Pods are made from
`dist/` unchanged; under each image's reference the node serves a small root whose entrypoint starts the real program,
installed from a package registry. What differs from the published image is listed; what nothing stands in for was not
run at all.
"""


def text() -> str:
    """Write the document."""
    return HEAD + "".join(_sections())


def why_not_run(image: Image) -> str:
    """Say why nothing stands in for an image."""
    return NOT_RUN.get(image.repository, "no lab of this repository has it")


def _sections() -> Iterator[str]:
    table = stand_ins()
    for image in ALL:
        yield f"\n## `{image.repository}:{image.tag}`\n\n"
        stand_in = table.get(image.repository)
        if stand_in is None:
            yield f"Nothing: not run, {why_not_run(image)}.\n"
            continue
        yield f"{stand_in.program}\n\n"
        yield from (f"- {reason}\n" for reason in stand_in.reasons)
