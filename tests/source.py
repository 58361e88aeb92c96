"""The Python files of this project, parsed: what rules about the code look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from infra.labs import ROOT

# Programs that run in pods or in another's place: no code of this project is there to import.
_ALONE: Final = (
    "constructs/ailab/scripts/",
    "infra/checkup/reach.py",
    "testnode/programs/",
    "tests/host/tailscale_stand_in.py",
    "tests/infra/kubectl_stand_in.py",
)


@dataclass(frozen=True)
class Source:
    """One file: where it is, as what it is imported, what it says."""

    path: str  # from the root, with slashes
    module: str
    tree: ast.Module
    lines: int

    @property
    def runs_alone(self) -> bool:
        return self.path.startswith(_ALONE)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module that the file imports when it runs: not what only the type checker reads."""
        found: set[str] = set()
        for node in _running(self.tree):
            match node:
                case ast.Import(names=names):
                    found |= {name.name for name in names}
                case ast.ImportFrom(module=str(module), names=names):
                    found |= {f"{module}.{name.name}" for name in names}
        return frozenset(found)

    @cached_property
    def uses(self) -> frozenset[str]:
        """Every name that the code uses, and every attribute: `run` of `os.run` both alone and after its owner."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            match node:
                case ast.Name(id=name):
                    found.add(name)
                case ast.Attribute(value=ast.Name(id=owner), attr=name):
                    found |= {name, f"{owner}.{name}"}
                case ast.Attribute(attr=name):
                    found.add(name)
        return frozenset(found)

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every text in the file, documentation too."""
        constants = (node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return frozenset(value for value in constants if isinstance(value, str))


def sources(*folders: str) -> tuple[Source, ...]:
    """Read the files of the folders, or of the whole project."""
    roots = [
        ROOT / folder
        for folder in folders or ("bench", "constructs", "examples", "infra", "testnode", "tests", "main.py")
    ]
    files = [file for root in roots for file in ([root] if root.is_file() else sorted(root.rglob("*.py")))]
    return tuple(_read(file) for file in files)


@cache
def _read(file: Path) -> Source:
    path = file.relative_to(ROOT).as_posix()
    text = file.read_text(encoding="utf-8")
    module = path.removeprefix("constructs/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return Source(path, module, ast.parse(text), len(text.splitlines()))


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, but into no `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _running(node)
