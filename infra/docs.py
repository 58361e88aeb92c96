"""`./lab docs`: the documents that are made from the code, so that they cannot say something else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import click

from infra.console import say
from infra.dashboards import BOARDS
from infra.dashboards.board import Board
from infra.documents import (
    card_table,
    edge_table,
    env_example,
    fault_table,
    image_table,
    memory_drawing,
    proof,
    spec_reference,
    stand_in_table,
)
from infra.labs import ROOT, shortest

DASHBOARDS: Final = ROOT / "constructs" / "ailab" / "dashboards"


def _dashboard(board: Board) -> str:
    from infra.dashboards.grafana import document  # noqa: PLC0415 - its library is for development alone

    return document(board)


DOCUMENTS: Final[dict[Path, Callable[[], str]]] = {
    ROOT / ".env.example": env_example.text,
    **{DASHBOARDS / f"{board.name}.json": partial(_dashboard, board) for board in BOARDS},
    ROOT / "docs" / "card.md": card_table.text,
    ROOT / "docs" / "edges.md": edge_table.table,
    ROOT / "docs" / "edges.svg": edge_table.drawing,
    ROOT / "docs" / "faults.md": fault_table.text,
    ROOT / "docs" / "gpu.md": memory_drawing.text,
    ROOT / "docs" / "gpu.svg": memory_drawing.drawing,
    ROOT / "docs" / "images.md": image_table.text,
    ROOT / "docs" / "lab.schema.json": spec_reference.schema,
    ROOT / "docs" / "proof.md": proof.text,
    ROOT / "docs" / "spec.md": spec_reference.text,
    ROOT / "docs" / "stand-ins.md": stand_in_table.text,
    fault_table.README: fault_table.readme,
}


@click.command()
def docs() -> None:
    """Write the documents that are made from the code."""
    for file, text in DOCUMENTS.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text(), encoding="utf-8")
        say(str(shortest(file)))
