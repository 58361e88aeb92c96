"""`./lab model`: describe a model that the lab does not know."""

from __future__ import annotations

import math
from pathlib import Path

import click

from ailab.spec.notation import toml
from infra.console import result
from infra.model_files import shape_of


def _finite(_context: click.Context, _option: click.Parameter, weights: float | None) -> float | None:
    if weights is not None and not math.isfinite(weights):
        message = f"{weights} is no size."
        raise click.BadParameter(message)
    return weights


@click.group()
def model() -> None:
    """Describe a model that the lab does not know."""


@model.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--weights",
    type=click.FloatRange(min=0, min_open=True),
    callback=_finite,
    help="GiB of the weights, where no file says it.",
)
def add(path: Path, weights: float | None) -> None:
    """Print the five numbers of a model for its table of the lab file.

    PATH is a GGUF file, of which the first megabytes suffice, or a repository's config.json, or the folder that has it.
    """
    result(f"shape = {toml(shape_of(path, weights).model_dump())}")
