"""`./lab docs`: the documents that are made from the code, so that they cannot say something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from infra import edges, env_example, image_table, proof, spec_reference, stand_in_table
from infra.console import say
from infra.labs import ROOT, shortest

DOCUMENTS: Final[dict[Path, Callable[[], str]]] = {
    ROOT / ".env.example": env_example.text,
    ROOT / "docs" / "edges.md": edges.table,
    ROOT / "docs" / "edges.svg": edges.drawing,
    ROOT / "docs" / "images.md": image_table.text,
    ROOT / "docs" / "lab.schema.json": spec_reference.schema,
    ROOT / "docs" / "proof.md": proof.text,
    ROOT / "docs" / "spec.md": spec_reference.text,
    ROOT / "docs" / "stand-ins.md": stand_in_table.text,
}


@click.command()
def docs() -> None:
    """Write the documents that are made from the code."""
    for file, text in DOCUMENTS.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text(), encoding="utf-8")
        say(str(shortest(file)))
