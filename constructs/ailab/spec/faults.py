"""What is said about a wrong lab file: one line a fault, with the field, the value and the repair."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

from ailab.spec.fields import choices_in, field_at, keys, owner, table_in
from ailab.spec.notation import path_of, shown, toml

# By pydantic's name of the error, what follows the value. Pydantic's own words speak of Python, not of the file.
_PROBLEMS: Final = {
    "string_type": "is no text; write it in quotes, for example {key} = {example}",
    "int_type": "is no whole number; give one without quotes, for example {key} = {example}",
    "float_type": "is no number; give one without quotes, for example {key} = {example}",
    "bool_type": "is neither true nor false; give one of them, without quotes",
    "greater_than_equal": "is too small; give at least {ge}",
    "less_than_equal": "is too large; give at most {le}",
    "greater_than": "is out of range; give more than {gt:g}",
    "less_than": "is out of range; give less than {lt:g}",
    "enum": "is no choice; {choice}",
    "string_pattern_mismatch": "is no {description}; give one such as {example}",
    "too_short": "is empty; give at least one, for example {key} = {example}",
    "tuple_type": "is no list; write it in brackets, {key} = [...]",
    "tables_type": "is no list of tables; begin each with [[{path}]]",
    "dict_type": "is no table; give one, for example {key} = {example}",
    "model_type": "is no table; begin it with {heading}",
}
# By the first step of a key that nobody reads: what people look for there, and where it is.
_ELSEWHERE: Final = {"providers": "a provider's API key goes into .env, not into the lab file"}
_ANOTHER_PROBLEM: Final = "is not right ({message}); give for example {key} = {example}"


Fault = tuple[str, PydanticCustomError]
"""A field's path in the file, and what is wrong there."""


class SpecError(Exception):
    """A lab file cannot be used; `faults` has one line for each thing to repair."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def fault(value: object, problem: str, repair: str) -> PydanticCustomError:
    """Build the error of one field: what its value is not, and what to write instead."""
    return _error(f"{shown(value)} {problem}; {repair}")


def told(text: str) -> PydanticCustomError:
    """Build an error that says more than what one value is not."""
    return _error(text)


def together(faults: Iterable[Fault]) -> PydanticCustomError:
    """Make one error of the faults of several fields, each under its path in the file."""
    return _error("\n".join(f"{path}: {error.message()}" for path, error in faults))


def _error(text: str) -> PydanticCustomError:
    return PydanticCustomError("lab", "{text}", {"text": text})


def lines(model: type[BaseModel], errors: Sequence[ErrorDetails], file: str) -> list[str]:
    """Turn all errors of one validation into lines, in the order of the file's fields."""
    # A list whose items are wrong counts as too short too: pydantic counts those that it could read.
    own = (error for error in errors if error["type"] != "too_short" or not error["input"])
    return [f"{file}: {line}" for error in own for line in _lines(model, error)]


def _lines(model: type[BaseModel], error: ErrorDetails) -> Iterator[str]:
    path, text = path_of(error["loc"]), _text(model, error)
    return (f"{path}: {line}" if path else line for line in text.split("\n"))


def _text(model: type[BaseModel], error: ErrorDetails) -> str:
    match error["type"]:
        case "lab":
            return error["msg"]
        case "missing":
            return f"missing; add {_key(error)} = {_example(model, error)}"
        case "extra_forbidden":
            known = sorted(keys(table)) if (table := owner(model, error["loc"])) else []
            repair = _nearest(_key(error), known, otherwise="remove it, or use one of")
            return "; ".join(("no such key", repair, *_elsewhere(error)))
        case "tuple_type" if (field := field_at(model, error["loc"])) and table_in(field.annotation):
            return f"{shown(error['input'])} {_PROBLEMS['tables_type'].format(**_words(model, error))}"
        case kind:
            problem = _PROBLEMS.get(kind, _ANOTHER_PROBLEM)
            return f"{shown(error['input'])} {problem.format(**_words(model, error))}"


def _words(model: type[BaseModel], error: ErrorDetails) -> dict[str, object]:
    """Give what `_PROBLEMS` may name."""
    field = field_at(model, error["loc"])
    choices = choices_in(field.annotation) if field else []
    return {
        **error.get("ctx", {}),
        "key": _key(error),
        "path": path_of(error["loc"]),
        "example": _example(model, error),
        "heading": _heading(error["loc"]),
        "description": field.description if field else "",
        "choice": _nearest(str(error["input"]), choices, otherwise="give one of"),
        "message": error["msg"],
    }


def _elsewhere(error: ErrorDetails) -> Iterator[str]:
    table, *steps = error["loc"]
    if len(steps) > 1 and table in _ELSEWHERE:
        yield _ELSEWHERE[str(table)]


def _key(error: ErrorDetails) -> str:
    return str(error["loc"][-1])


def _example(model: type[BaseModel], error: ErrorDetails) -> str:
    """Give the example that the field itself carries."""
    field = field_at(model, error["loc"])
    return toml(field.examples[0]) if field and field.examples else '"..."'


def _nearest(value: str, known: Sequence[str], *, otherwise: str) -> str:
    """Say which one was probably meant, or which ones there are."""
    return nearest(value, known) or f"{otherwise}: {', '.join(known)}"


def nearest(value: str, known: Sequence[str]) -> str | None:
    """Say which one was probably meant; None where none is near."""
    close = difflib.get_close_matches(value, known, n=1)
    return f'did you mean "{close[0]}"?' if close else None


def _heading(location: Sequence[int | str]) -> str:
    """Write the line that begins a table: `[chat]`, or `[[vllm]]` for one of several."""
    several = isinstance(location[-1], int)
    path = path_of(location[:-1] if several else location)
    return f"[[{path}]]" if several else f"[{path}]"
