"""The text of a .env file, which holds secrets."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from infra.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path


def text_of(path: Path) -> str:
    """Read it.

    Raises:
        LabError: it is not UTF-8; neither the error nor what is behind it has anything of the file.

    """
    with suppress(UnicodeDecodeError):  # which holds the whole file
        return path.read_text(encoding="utf-8")
    message = f"{path}: is not UTF-8; save the file in that encoding"
    raise LabError(message)
