"""A mistake that people make in NixOS modules: a small edit of a good one, and what must be said about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """An edit of one file, and the words that the message about it has: the file's name, and the option's."""

    name: str
    file: str
    old: str
    new: str
    said: tuple[str, ...]


def fault(name: str, file: str, old: str, new: str, *said: str) -> Fault:
    """Make the fault of a module; the message names its file in any case."""
    return Fault(name, f"modules/{file}.nix", old, new, (f"modules/{file}.nix", *said))
