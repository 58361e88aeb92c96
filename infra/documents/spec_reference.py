"""docs/spec.md and docs/lab.schema.json: every key of a lab file, for people and for editors."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from html import escape
from typing import Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ailab.spec import ArgoCdSpec, LabSpec
from ailab.spec.fields import choices_in, keys, table_in
from ailab.spec.notation import toml

HEAD: Final = """\
# The lab file

A lab is one file, `labs/<name>.toml` ([the default one](../labs/gpu-lab.toml)). It needs `name`, `tailnet` and one chat
model; everything else has a default. A key that is not listed here is refused. Editors that know `#:schema` check the
file while it is written. Made from `constructs/ailab/spec/` by `./lab docs`.
"""
COLUMNS: Final = ("key", "value", "default", "what it is", "example")
TYPES: Final[dict[object, str]] = {bool: "true or false", int: "whole number", float: "number", str: "text"}
LIMITS: Final = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def schema() -> str:
    """Write the JSON Schema."""
    body = {"$schema": "https://json-schema.org/draft/2020-12/schema", **LabSpec.model_json_schema()}
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def text() -> str:
    """Write the document: a section for each kind of table."""
    headings: dict[type[BaseModel], list[str]] = {}
    for table, heading in _tables(LabSpec, ""):
        headings.setdefault(table, []).append(heading)
    sections = "".join(_section(table, where) for table, where in headings.items())
    return HEAD + sections + _section(ArgoCdSpec, ["`argocd.toml`, one for all labs"])


def _tables(table: type[BaseModel], path: str) -> Iterator[tuple[type[BaseModel], str]]:
    """Give a table and all tables below it, each with the line that begins it."""
    if path == "":
        yield table, "At the top"
    for key, field in keys(table).items():
        inner = table_in(field.annotation)
        if inner is None:
            continue
        below = f"{path}.{key}" if path else key
        yield inner, f"`[[{below}]]`" if get_origin(field.annotation) is tuple else f"`[{below}]`"
        yield from _tables(inner, below)


def _section(table: type[BaseModel], headings: list[str]) -> str:
    rows = [_row(key, field) for key, field in keys(table).items() if table_in(field.annotation) is None]
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows] if rows else []
    about = inspect.cleandoc(table.__doc__ or "")
    return f"\n## {', '.join(headings)}\n\n{about}\n" + ("\n" + "".join(map(_line, lines)) if lines else "")


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _row(key: str, field: FieldInfo) -> tuple[str, ...]:
    default = "required" if field.is_required() else "none" if field.default is None else f"`{toml(field.default)}`"
    example = f"`{key} = {toml(field.examples[0])}`" if field.examples else ""
    return f"`{key}`", _value(field), default, escape(field.description or "", quote=False), example


def _value(field: FieldInfo) -> str:
    """Name the type of a key's value, with its choices or limits."""
    if choices := choices_in(field.annotation):
        several = "list of " if get_origin(field.annotation) is tuple else ""
        return several + " or ".join(f'`"{choice}"`' for choice in choices)
    limits = [f"{word} {limit}" for item in field.metadata for word, limit in _limit(item)]
    return ", ".join((_title(field) or TYPES[field.annotation], *limits))


def _title(field: FieldInfo) -> str | None:
    """Find the title of a type; where the value may be absent, pydantic leaves it inside the union."""
    inside = (item for kind in get_args(field.annotation) for item in getattr(kind, "__metadata__", ()))
    return field.title or next((item.title for item in inside if isinstance(item, FieldInfo)), None)


def _limit(item: object) -> Iterator[tuple[str, object]]:
    return ((word, getattr(item, name)) for name, word in LIMITS.items() if hasattr(item, name))
