"""The text of a .env file, which holds secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path


def text_of(path: Path) -> str:
    """Read it.

    Raises:
        LabError: it is not UTF-8, or cannot be read; neither the error nor what is behind it has anything of the file.

    """
    problem = "is not UTF-8; save the file in that encoding"
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # which holds the whole file
        pass
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    message = f"{path}: {problem}"
    raise LabError(message)
