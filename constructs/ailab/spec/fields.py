"""Looking fields of the spec up by the place in the file where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_T = TypeVar("_T")


def keys(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Give the fields of a table under the keys that its owner writes."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def owner(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """Find the table that has, or should have, the last key of a location."""
    current: type[BaseModel] | None = model
    for step in location[:-1]:
        if isinstance(step, int) or current is None:
            continue
        field = keys(current).get(step)
        current = table_in(field.annotation) if field else None
    return current


def field_at(model: type[BaseModel], location: Sequence[int | str]) -> FieldInfo | None:
    """Find the field of a location; that of an item of a list is the list's."""
    while location and isinstance(location[-1], int):
        location = location[:-1]
    table = owner(model, location)
    return keys(table).get(str(location[-1])) if table and location else None


def table_in(annotation: object) -> type[BaseModel] | None:
    """Find the table inside a type such as `tuple[Table, ...] | None`."""
    return _class_in(annotation, BaseModel)


def choices_in(annotation: object) -> list[str]:
    """List the choices inside a type such as `Role | None`; none when it is no choice."""
    found = _class_in(annotation, StrEnum)
    return [choice.value for choice in found] if found else []


def _class_in(annotation: Any, base: type[_T]) -> type[_T] | None:  # noqa: ANN401 - a type expression has no type of its own
    if isinstance(annotation, type) and issubclass(annotation, base):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _class_in(inner, base))), None)
