"""The text of a .env file, which holds secrets."""

from __future__ import annotations

from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from infra.console import say
from infra.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dotenv.parser import Binding


def lines_of(path: Path) -> Iterator[Binding]:
    """Read its lines; those that are empty, or comments, have no `key`.

    Raises:
        LabError: it cannot be read, or a line gives nothing: `dotenv_values` would go on without it.

    """
    for line in parse_stream(StringIO(_text_of(path))):
        if line.error:
            message = f"{path}: line {line.original.line}: gives nothing; write NAME=value"
            raise LabError(message)
        yield line


def _text_of(path: Path) -> str:
    """Read it, and tell, once, where others of this machine may do so, too.

    Raises:
        LabError: it is not UTF-8, or cannot be read; neither the error nor what is behind it has anything of the file.

    """
    problem = "is not UTF-8; save the file in that encoding"
    try:
        if path.stat().st_mode & 0o077:
            _tell_of_readers(path)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # which holds the whole file
        pass
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    message = f"{path}: {problem}"
    raise LabError(message)


@cache
def _tell_of_readers(path: Path) -> None:
    say(f"{path}: others of this machine may read it, and it holds secrets: chmod 600 {path}")
