"""Reading a lab file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from ailab.spec.faults import SpecError, lines
from ailab.spec.lab import LabSpec


def load(path: Path) -> LabSpec:
    """Read and check one lab file.

    Raises:
        SpecError: the file is absent, is no TOML, or has faults; all of them, one line each.

    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError([f"{path}: no such file; labs are the files labs/<name>.toml"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([f"{path}: cannot be read: {error}; a lab is a text file in UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError([f"{path}: is not TOML: {error}; see https://toml.io"]) from None
    try:
        spec = LabSpec.model_validate(content)
    except ValidationError as error:
        raise SpecError(lines(LabSpec, error.errors(), str(path))) from None
    if spec.name != path.stem:
        raise SpecError(
            [f'{path}: name: "{spec.name}" is not the file\'s name; write name = "{path.stem}" or rename the file']
        )
    return spec
