"""What an example makes, as a page that a person can review: its objects, and who may talk to whom.

`python -m tests.examples.contents` writes the pages anew, for a review of what a change does to the examples.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from infra.edges import edges
from infra.labs import ROOT
from infra.manifests import Object, lasting_name, read
from infra.process import run
from tests.synthesis import manifests_of

FILES: Final = sorted(file for file in (ROOT / "examples").iterdir() if file.suffix in {".toml", ".py"})
SECONDS: Final = 120


def make(example: Path, folder: Path) -> Sequence[Object]:
    """Make the manifests of an example as its user does, and read them."""
    if example.suffix == ".toml":
        return manifests_of(example)
    run([sys.executable, example], cwd=folder, timeout=SECONDS)
    return read(folder / "out")


def contents(objects: Sequence[Object]) -> str:
    """Write a line for each kind of object in each namespace, and one for each edge.

    A Job's name goes without the digest of its content.
    """
    names: dict[str, list[str]] = {}
    for item in objects:
        kind = " ".join((item["metadata"].get("namespace", ""), item["kind"])).strip()
        names.setdefault(kind, []).append(lasting_name(item))
    kinds = (f"{kind}: {', '.join(sorted(found))}" for kind, found in sorted(names.items()))
    return "\n".join((*kinds, "", *_edges(objects), ""))


def page_of(example: Path) -> Path:
    """Name the file that keeps an example's contents."""
    return Path(__file__).parent / "pages" / f"{example.stem}.txt"


def _edges(objects: Sequence[Object]) -> Iterator[str]:
    for edge in edges(objects):
        if edge.target != "dns":
            yield f"{edge.name} {edge.why}"


def _write() -> None:
    for example in FILES:
        with TemporaryDirectory() as folder:
            page_of(example).write_text(contents(make(example, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    _write()
