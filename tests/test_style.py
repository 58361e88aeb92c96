"""The house style, as far as programs can check it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import run
from tests.source import sources

LONGEST_FILE = 350
LONGEST_FUNCTION = 50
SECONDS = 300
# Folders of the machine that this was written on, and of its build caches.
MACHINE = re.compile(r"/(root|work|tmp/warm|usr/local/go)/")


@pytest.mark.parametrize(
    "words",
    [
        ("ruff", "check", "--quiet", "."),
        ("ruff", "format", "--quiet", "--diff", "."),
        ("mypy", "--no-error-summary", "bench", "constructs", "examples", "infra", "testnode", "tests", "main.py"),
    ],
    ids=" ".join,
)
def test_the_code_is_clean_for(words: tuple[str, ...]) -> None:
    program = Path(sys.executable).with_name(words[0])
    done = run([program, *words[1:]], cwd=ROOT, timeout=SECONDS, check=False)
    assert (done.status, done.stdout) == (0, "")


def test_no_file_is_too_long() -> None:
    assert {source.path: source.lines for source in sources() if source.lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    """Its documentation does not count, and a test may hold a long expected value."""
    lengths = {
        f"{source.path}:{node.name}": sum((part.end_lineno or 0) - part.lineno + 1 for part in _code(node))
        for source in sources("bench", "constructs", "examples", "infra", "testnode", "main.py")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def _code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) else function.body


def test_a_file_is_named_by_what_it_is_about() -> None:
    empty_words = {"base", "common", "core", "helper", "helpers", "lib", "misc", "tools", "util", "utils"}
    assert [source.path for source in sources() if empty_words & set(Path(source.path).stem.split("_"))] == []


def test_no_path_of_one_machine_is_in_the_project() -> None:
    files = run(["git", "ls-files", "-z"], cwd=ROOT, timeout=SECONDS).stdout.split("\0")
    texts = {name: (ROOT / name).read_bytes().decode(errors="replace") for name in files if (ROOT / name).is_file()}
    own = Path(__file__).relative_to(ROOT).as_posix()
    assert [(name, found[0]) for name, text in texts.items() if name != own and (found := MACHINE.search(text))] == []
