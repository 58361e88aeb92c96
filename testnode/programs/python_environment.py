"""Python programs, each in an environment of its own with locked versions."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra import process
from infra.errors import LabError
from testnode.cache import Recipe, key

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENTS = Path(__file__).parent / "requirements"
INSTALL_TIMEOUT_S = 1200


def python_environment(name: str, *inputs: str | Path, finish: Callable[[Path], None] | None = None) -> Recipe:
    """Return the recipe of an environment with what `requirements/<name>.txt` locks.

    Pods see it read-only, so its bytecode is compiled here.

    Args:
        name: of the environment and of its requirements.
        inputs: what `finish` is made from, for the recipe's key.
        finish: called with the recipe's folder when the packages are in.

    """
    requirements = REQUIREMENTS / f"{name}.txt"

    def make(folder: Path) -> None:
        venv = folder / "venv"
        uv("venv", "--python", sys.executable, venv)
        uv("pip", "install", "--python", venv / "bin/python", "--no-deps", "--compile-bytecode", "-r", requirements)
        if finish:
            finish(folder)

    return Recipe(name, key("venv", sys.version, sys.base_prefix, requirements, *inputs), make)


def python_folders() -> tuple[Path, ...]:
    """Return the folders of the Python installation that the environments stand on.

    None for Debian's own Python: every container of the node sees the machine's /usr/bin and /usr/lib.
    """
    return () if sys.base_prefix == "/usr" else (Path(sys.base_prefix),)


def uv(*words: str | Path) -> None:
    """Run uv, quietly: the one that runs us, or the one on PATH.

    Raises:
        LabError: there is none, or it failed.

    """
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        message = "uv is not on PATH; run this through `./lab` or `uv run`"
        raise LabError(message)
    process.run([program, "--quiet", *words], timeout=INSTALL_TIMEOUT_S)
