"""The only place that prints: results on stdout, talk on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.console import Console, RenderableType

Step = TypeVar("Step")

talk = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell the person at the terminal something; never part of a command's result."""
    talk.print(text, markup=False)


def result(text: str) -> None:
    """Print what the command was run for, so that another program can read it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show(picture: RenderableType) -> None:
    """Draw a table or a picture of text for the person at the terminal."""
    talk.print(picture)


def progress(steps: Sequence[Step], about: str) -> Iterable[Step]:
    """Go through steps and show at a terminal how many are done."""
    from rich.progress import track  # noqa: PLC0415 - 0.1 s that most verbs do not need

    return track(steps, about, console=talk, transient=True, disable=not talk.is_terminal)
