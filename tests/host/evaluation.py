"""The NixOS modules of a lab's host, evaluated without nixpkgs: what each file sets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from ailab.host_facts import HostFacts
from infra.errors import LabError
from infra.labs import ROOT
from tests.host.nix import evaluate

NIXOS: Final = ROOT / "nixos"
EVALUATE: Final = Path(__file__).with_name("evaluate.nix")
# What the pinned nixpkgs has, as those who run it report: of 25 September 2026, Linux 6.18.53 with NVIDIA 595.71.05.
VERSIONS: Final[Mapping[str, object]] = {
    "packages": {
        "coreutils": "9.10",
        "gawk": "5.3.2",
        "gnugrep": "3.12",
        "gnused": "4.9",
        "iproute2": "6.18.0",
        "iptables": "1.8.11",
        "jq": "1.8.1",
        "k3s_1_36": "1.36.2+k3s1",
        "runc": "1.4.0",
        "socat": "1.8.0",
        "systemd": "260",
        "tailscale": "1.98.0",
    },
    "nvidia_driver": "595.71.05",
    "nvidia_container_toolkit": "1.19.0",
}
PRIORITY: Final = 100  # of a setting without mkForce or mkDefault

OptionPath = tuple[str, ...]
Tree = Mapping[str, object]


def shown(path: OptionPath) -> str:
    """Write an option's path as Nix does: names with other signs than letters stand in quotes."""
    return ".".join(step if re.fullmatch(r"[A-Za-z_][\w'-]*", step) else f'"{step}"' for step in path)


@dataclass(frozen=True)
class Setting:
    """One value that one file gives one option."""

    file: str
    path: OptionPath
    value: object
    priority: int


@dataclass(frozen=True)
class Host:
    """What all modules together set."""

    settings: Sequence[Setting]

    @classmethod
    def of(cls, evaluated: object) -> Self:
        """Read the settings of each file out of what Nix printed."""
        return cls([*_settings(evaluated)])

    @cached_property
    def tree(self) -> Tree:
        """Merge the settings as NixOS does: the strongest win, lists and texts are joined."""
        root: dict[str, object] = {}
        for path in dict.fromkeys(setting.path for setting in self.settings):
            _put(root, path, _joined([setting.value for setting in self.strongest(path)]))
        return root

    def strongest(self, path: OptionPath) -> list[Setting]:
        """Give the settings of one option that count."""
        found = [setting for setting in self.settings if setting.path == path]
        least = min((setting.priority for setting in found), default=PRIORITY)
        return [setting for setting in found if setting.priority == least]

    def value(self, *path: str) -> object:
        """Look up an option, or all options below a path; None where nothing is set."""
        node: object = self.tree
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        return node


def _put(root: dict[str, object], path: OptionPath, value: object) -> None:
    for step in path[:-1]:
        inner = root.setdefault(step, {})
        if not isinstance(inner, dict):
            message = f"{shown(path)}: a value and an option below it are set"
            raise LabError(message)
        root = inner
    root[path[-1]] = value


def _joined(values: Sequence[object]) -> object:
    first, *others = values
    for other in others:
        first = [*first, *other] if isinstance(first, list) and isinstance(other, list) else first
    return first


@dataclass(frozen=True)
class Case:
    """Modules, and what they are told."""

    facts: object  # as the JSON of a lab has them
    nixos: Path = NIXOS


def evaluated(facts: HostFacts, folder: Path) -> Host:
    """Evaluate the modules with a lab's facts; `folder` is for what Nix reads beside them."""
    return evaluated_all({"lab": Case(json.loads(facts.json()))}, folder)["lab"]


def evaluated_all(cases: Mapping[str, Case], folder: Path) -> Mapping[str, Host]:
    """Evaluate several cases, in one process: that is what takes the time.

    Raises:
        LabError: Nix refuses one of them; the message has its words and the place.

    """
    told = folder / "cases.json"
    told.write_text(json.dumps({name: {"host": str(case.nixos), "facts": case.facts} for name, case in cases.items()}))
    raw = evaluate(EVALUATE, {"cases": told, "versions": versions(folder)})
    return {name: Host.of(content) for name, content in raw.items()} if isinstance(raw, dict) else {}


def versions(folder: Path) -> Path:
    """Write the versions of the packages for Nix to read."""
    file = folder / "versions.json"
    file.write_text(json.dumps(VERSIONS), encoding="utf-8")
    return file


def _settings(raw: object) -> Iterator[Setting]:
    for file, content in raw.items() if isinstance(raw, dict) else ():
        for path, value, priority in _leaves(content, (), PRIORITY):
            yield Setting(file, path, value, priority)


def _leaves(value: object, path: OptionPath, priority: int) -> Iterator[tuple[OptionPath, object, int]]:
    """Give the values that a module sets, with conditions and priorities taken into account."""
    match value:
        case {"_type": "if", "condition": condition, "content": content}:
            yield from _leaves(content, path, priority) if condition else ()
        case {"_type": "merge", "contents": [*contents]}:
            for content in contents:
                yield from _leaves(content, path, priority)
        case {"_type": "override", "priority": int(own), "content": content}:
            yield from _leaves(content, path, own)
        case dict() if value and "_type" not in value:
            for name, inner in value.items():
                yield from _leaves(inner, (*path, name), priority)
        case _:
            yield path, value, priority
