"""docs/proof.md: what the tests prove, in the words of their names. It cannot claim more than a test shows."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.documents import architecture
from infra.documents.unproven import UNPROVEN, Unproven
from infra.labs import ROOT

LEVELS: Final = {
    3: "An arrow, end to end, with real programs",
    2: "The real program ran with the configuration in dist/",
    1: "A real API server accepts it",
}
HEAD: Final = """\
# What is proven, and by what

Made from the tests by `./lab docs`: each line is the name of a test that is marked with its level. First what the lab
consists of: each box and each arrow with its highest level, the tests that show it, and what none shows; "with a
stand-in" where something stands in for what is not shown. Then every marked test. Those with `--long` run before a
release (`./lab test --long`) and not in CI.
"""


@dataclass(frozen=True, order=True)
class Proof:
    """A test that carries a level."""

    level: int
    file: str
    name: str
    shown: tuple[str, ...] = ()  # boxes and arrows of the architecture
    long: bool = False  # it is of the tier that `./lab test --long` adds

    @property
    def sentence(self) -> str:
        """The test's name as a sentence that leads to its file, and to its tier where that is not of every run."""
        words = self.name.removeprefix("test_").replace("_", " ")
        return f"{words} ([{Path(self.file).name}](../{self.file})){', `--long`' if self.long else ''}"


def proofs(folder: Path) -> list[Proof]:
    """Find the marked tests: `@pytest.mark.proves(3)` on a test, or `pytestmark` for a whole file.

    What follows the level names boxes and arrows that the test shows: `proves(3, "ingress -> phoenix:6006")`.
    """
    return [proof for file in sorted(folder.rglob("test_*.py")) for proof in _proofs_in(file)]


def _proofs_in(file: Path) -> Iterator[Proof]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assigned = (node for node in tree.body if isinstance(node, ast.Assign))
    of_all = [node.value for node in assigned if ast.unparse(node.targets[0]) == "pytestmark"]
    whole = next((mark for value in of_all for mark in _marks(value)), None)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            own = next((mark for decorator in node.decorator_list for mark in _marks(decorator)), whole)
            if own:
                level, *shown = own
                long = any(map(_is_long, (*of_all, *node.decorator_list)))
                yield Proof(level, str(file.relative_to(ROOT)), node.name, tuple(shown), long)


def _marks(node: ast.expr) -> Iterator[list[Any]]:
    """Read what a call of the marker `proves` is given, alone or in a list."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "proves":
            yield [ast.literal_eval(argument) for argument in call.args]


def _is_long(node: ast.expr) -> bool:
    """Say whether this is the marker `long`, alone or in a list; not where only some of a test's cases have it."""
    marks = node.elts if isinstance(node, ast.List) else [node]
    return any(isinstance(mark, ast.Attribute) and ast.unparse(mark) == "pytest.mark.long" for mark in marks)


def text() -> str:
    """Write the document."""
    found = proofs(ROOT / "tests")
    tables = (*_table("box", architecture.boxes(), found), *_table("arrow", architecture.arrows(), found))
    return HEAD + "".join((*tables, *_sections(found)))


def faults(names: Iterable[str], found: Iterable[Proof], gaps: Iterable[Unproven] = UNPROVEN) -> Iterator[str]:
    """Say what is wrong with the marks: something that has neither a test nor a gap, or names what is not there."""
    names = set(names)
    claimed = {name: f"{proof.file}: {proof.name}" for proof in found for name in proof.shown}
    claimed |= {name: f"gap: {gap.what}" for gap in gaps for name in gap.concerned}
    yield from (f"{name}: no test shows it, and no gap names it" for name in sorted(names - claimed.keys()))
    yield from (
        f'{who} names "{name}", which is no box and no arrow' for name, who in claimed.items() if name not in names
    )


def _table(kind: str, names: Iterable[str], found: Sequence[Proof]) -> Iterator[str]:
    yield f"\n| {kind} | level | shown by | not shown |\n|---|---|---|---|\n"
    for name in names:
        shown = [proof for proof in found if name in proof.shown]
        missing = "; ".join(gap.what for gap in UNPROVEN if name in gap.concerned)
        level = f"{max(proof.level for proof in shown)}{' with a stand-in' if missing else ''}" if shown else "u"
        yield f"| {name} | {level} | {'; '.join(proof.sentence for proof in shown)} | {missing} |\n"


def _sections(found: Sequence[Proof]) -> Iterator[str]:
    for level, title in LEVELS.items():
        yield f"\n## {level} · {title}\n\n"
        yield from (f"- {proof.sentence}\n" for proof in found if proof.level == level)
    yield "\n## u · Not proven: hardware or a service is missing\n\n"
    yield from (f"- {gap.what}: {gap.instead}\n" for gap in UNPROVEN)
