"""What is said about a wrong lab file: one line a fault, with the field, the value and the repair."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class SpecError(Exception):
    """A lab file cannot be used; `faults` has one line for each thing to repair."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def fault(value: object, problem: str, repair: str) -> PydanticCustomError:
    """Build the error of one field: what its value is not, and what to write instead."""
    text = f"{shown(value)} {problem}; {repair}"
    return PydanticCustomError("lab", "{text}", {"text": text})


def shown(value: object) -> str:
    """Write a value as the lab's owner wrote it, cut to what fits a line."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - a terminal's width


def path_of(location: Sequence[int | str]) -> str:
    """Write pydantic's location as TOML's owner reads it: `ollama.models[0].tag`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def lines(model: type[BaseModel], errors: Sequence[ErrorDetails], file: str) -> list[str]:
    """Turn all errors of one validation into lines, in the order of the file's fields."""
    return [f"{file}: {line}" for error in errors for line in _line(model, error)]


def _line(model: type[BaseModel], error: ErrorDetails) -> Iterator[str]:
    path = path_of(error["loc"])
    match error["type"]:
        case "lab":
            yield f"{path}: {error['msg']}" if path else error["msg"]
        case "missing":
            yield f"{path}: missing; add {error['loc'][-1]} = {_example(model, error['loc'])}"
        case "extra_forbidden":
            yield f"{path}: no such key; {_nearest(model, error['loc'])}"
        case _:
            yield f"{path}: {shown(error['input'])} is not right: {error['msg']}; give {_example(model, error['loc'])}"


def _example(model: type[BaseModel], location: Sequence[int | str]) -> str:
    """Give the example that the field itself carries."""
    owner = _owner(model, location)
    field = owner.model_fields.get(str(location[-1])) if owner else None
    if field and field.examples:
        return json.dumps(field.examples[0], ensure_ascii=False)
    return "a value of the type that docs/spec.md names"


def _nearest(model: type[BaseModel], location: Sequence[int | str]) -> str:
    """Say which key was probably meant, or which keys there are."""
    owner = _owner(model, location)
    known = sorted(owner.model_fields) if owner else []
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f'did you mean "{close[0]}"?' if close else f"remove it, or use one of: {', '.join(known)}"


def _owner(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """Find the model that has (or should have) the last key of a location."""
    current: type[BaseModel] | None = model
    for step in location[:-1]:
        if isinstance(step, int) or current is None:
            continue
        field = current.model_fields.get(step)
        current = _model_in(field.annotation) if field else None
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - a type expression has no type of its own
    """Find the model inside an annotation such as `tuple[Model, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
