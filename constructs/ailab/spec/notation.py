"""How TOML writes values and the paths to them: what messages and documents show to the lab's owner."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST: Final = 80  # a terminal's width


def toml(value: object) -> str:
    """Write a value as TOML does, on one line."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)  # TOML's basic strings have the escapes of JSON's
        case list() | tuple():
            return f"[{', '.join(map(toml, value))}]"
        case Mapping():
            pairs = ", ".join(f"{_key(name)} = {toml(inner)}" for name, inner in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            return str(value)  # numbers, dates and times


def shown(value: object) -> str:
    """Write a value as the lab's owner wrote it, cut to what fits a line."""
    text = toml(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def path_of(location: Sequence[int | str]) -> str:
    """Write pydantic's location as TOML's owner reads it: `ollama.models[0].tag`."""
    path = ""
    for step in location:
        if step == "[key]":  # pydantic's mark for "the key itself, not its value"; the key stands before it
            continue
        path += f"[{step}]" if isinstance(step, int) else f".{_key(step)}" if path else _key(step)
    return path


def _key(name: object) -> str:
    text = str(name)
    return text if _BARE_KEY.fullmatch(text) else json.dumps(text, ensure_ascii=False)
