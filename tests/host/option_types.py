"""The types of NixOS's options, as its manual words them, and which values they accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

Test = Callable[[object], bool]

# Words of a type that contain "or" without meaning another type.
_ONE_WORD: Final = ((", not containing newlines or colons", " of one piece"),)
_POSIX: Final = (("[:digit:]", "0-9"), ("[:print:]", r"\x20-\x7e"))
_PORTS: Final = range(65536)


def accepts(kind: str, value: object) -> bool:
    """Whether an option of this type takes the value.

    Raises:
        ValueError: the type is worded in a way that is not known here.

    """
    for words, piece in _ONE_WORD:
        kind = kind.replace(words, piece)
    if kind in _ATOMS:
        return _ATOMS[kind](value)
    if len(kinds := _alternatives(kind)) > 1:
        return any(accepts(each, value) for each in kinds)
    return _compound(kind, value)


def _compound(kind: str, value: object) -> bool:
    if kind.startswith("(") and kind.endswith(")"):
        return accepts(kind[1:-1], value)
    for beginning, test in _BEGINNINGS.items():
        if kind.startswith(beginning):
            return test(kind.removeprefix(beginning), value)
    message = f"no such type is known: {kind}"
    raise ValueError(message)


def _alternatives(kind: str) -> list[str]:
    """Split at each "or" that is not inside parentheses."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(kind):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and kind.startswith(" or ", place):
            parts.append(kind[start:place])
            start = place + len(" or ")
    return [*parts, kind[start:]]


def _text(value: object) -> bool:
    return isinstance(value, str)


def _line(value: object) -> bool:
    return isinstance(value, str) and "\n" not in value.removesuffix("\n")


def _piece(value: object) -> bool:
    return isinstance(value, str) and not set(value) & set("\n:")


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _set(value: object) -> bool:
    return isinstance(value, dict)


def _anything(_value: object) -> bool:
    return True


def _atom(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _setting(value: object) -> bool:
    return _atom(value) or (isinstance(value, list) and all(map(_atom, value)))


def _list(kind: str, value: object) -> bool:
    return isinstance(value, list) and all(accepts(kind, item) for item in value)


def _set_of(kind: str, value: object) -> bool:
    return isinstance(value, dict) and all(accepts(kind, item) for item in value.values())


def _filled(kind: str, value: object) -> bool:
    return bool(value) and accepts(kind, value)


def _one_of(choices: str, value: object) -> bool:
    return value in re.findall(r'"([^"]*)"', choices)


def _only(choice: str, value: object) -> bool:
    return value == choice.split('"')[1]


def _matching(pattern: str, value: object) -> bool:
    for posix, python in _POSIX:
        pattern = pattern.replace(posix, python)
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


_ATOMS: Final[Mapping[str, Test]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "signed integer": _number,
    "16 bit unsigned integer; between 0 and 65535 (both inclusive)": lambda value: _number(value) and value in _PORTS,
    "string": _text,
    "non-empty string": lambda value: _text(value) and value != "",
    "string (with check: non-empty)": lambda value: _text(value) and value != "",
    "string (with check: non-empty without trailing slash)": lambda value: _text(value) and value != "",
    "string of one piece": _piece,
    "(optionally newline-terminated) single-line string": _line,
    r'strings concatenated with "\n"': _text,
    'strings concatenated with " "': _text,
    "absolute path": _path,
    "absolute path of one piece": lambda value: _path(value) and _piece(value),
    "package": _path,  # in JSON a package is its path
    "submodule": _set,
    "attribute set": _set,
    "(attribute set of boolean) or (list of string) convertible to it": lambda value: isinstance(value, (dict, list)),
    "atom (null, bool, int, float or string)": _atom,
    "systemd option": _setting,
    "nixpkgs config": _set,
    "one of the available driver branches in `pkgs/os-specific/linux/nvidia-x11/default.nix`": _text,
    **dict.fromkeys(
        (
            "anything",
            "raw value",
            "unspecified value",
            "YAML 1.2 value",
            "nixpkgs overlay",
            "An evaluation of Nixpkgs; the top level attribute set of packages",
            "Nix config atom (null, bool, int, float, str, path or package)",
        ),
        _anything,
    ),
}
_BEGINNINGS: Final[Mapping[str, Callable[[str, object], bool]]] = {
    "list of ": _list,
    "attribute set of ": _set_of,
    "open submodule of ": lambda _kind, value: _set(value),
    "non-empty ": _filled,
    "one of ": _one_of,
    "value ": _only,
    "string matching the pattern ": _matching,
}
