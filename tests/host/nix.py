"""Nix's own evaluator, from Debian: without nixpkgs, a store or a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.errors import LabError
from infra.process import run

SECONDS: Final = 300
# Without a store nothing is written on the machine, and no daemon is asked.
PROGRAM: Final = ("nix-instantiate", "--store", "dummy://")


def evaluate(expression: Path, arguments: Mapping[str, Path]) -> object:
    """Evaluate a file that holds a function of these arguments, whole.

    Raises:
        LabError: Nix refuses; the message has its words and the place.

    """
    words = (word for name, value in arguments.items() for word in ("--arg", name, value))
    done = run((*PROGRAM, "--eval", "--strict", "--json", expression, *words), timeout=SECONDS, check=False)
    if done.status != 0:
        raise LabError(done.stderr)
    value: object = json.loads(done.stdout)
    return value


def parsed(file: Path) -> str | None:
    """Say what is wrong with a file's syntax, if anything is."""
    done = run((*PROGRAM, "--parse", file), timeout=SECONDS, check=False)
    return done.stderr if done.status != 0 else None
