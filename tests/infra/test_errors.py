"""What an error holds: Python keeps the one that it comes from, and `from None` only keeps that from being printed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

import httpx
import pytest
from pydantic import TypeAdapter

from infra.errors import LabError
from tests.canaries import Search
from tests.source import sources

# What holds nothing of what was sent or read: a file's name, words of our own, a circle of names. OSError is also what
# the errors of `requests` are, which hold a request.
_EMPTY: Final = {
    "BlockingIOError",
    "FileNotFoundError",
    "LabError",
    "OSError",
    "click.Abort",
    "graphlib.CycleError",
}
_NO_SECRETS_READ: Final = {
    "infra/cloud/record.py": "state.json has ids alone",
    "infra/model_files.py": "a model's facts are public",
    "infra/registries/registry.py": "its tokens are given to everybody who asks",
    "infra/shipping/member.py": "tailscaled tells the machine's own name and id",
    "infra/shipping/reached.py": "machine.json has an address and a path",
}


def test_no_error_is_raised_while_one_that_may_hold_a_secret_is_handled() -> None:
    found = {
        f"{source.path}:{line}"
        for source in sources("infra")
        if source.path not in _NO_SECRETS_READ
        for line in _raised_while_handling(source.tree)
    }
    assert found == set()


def test_each_file_that_is_let_off_needs_it() -> None:
    assert {source.path for source in sources("infra") if [*_raised_while_handling(source.tree)]} == {*_NO_SECRETS_READ}


@pytest.mark.parametrize("how", ["", " from None", " from error"])
def test_a_raise_in_an_except_is_seen(how: str) -> None:
    text = f"try:\n    a()\nexcept (OSError, httpx.HTTPError) as error:\n    if b:\n        raise LabError('c'){how}\n"
    assert list(_raised_while_handling(ast.parse(text))) == [5]


@pytest.mark.parametrize(("library", "lines"), [("httpx", []), ("requests", [5])])
def test_where_requests_are_sent_by_a_library_whose_errors_are_oserrors_these_are_seen(
    library: str, lines: list[int]
) -> None:
    text = f"import {library}\ntry:\n    a()\nexcept OSError:\n    raise LabError('c')\n"
    assert list(_raised_while_handling(ast.parse(text))) == lines


def _raised_while_handling(tree: ast.Module) -> Iterator[int]:
    """List the lines that raise another error than the one that is handled."""
    imported = {name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in map(_name, node.names)}
    empty = _EMPTY - {"OSError"} if "requests" in imported else _EMPTY
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
        caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if not {ast.unparse(kind) if kind else "" for kind in caught} <= empty:
            yield from (node.lineno for node in ast.walk(handler) if isinstance(node, ast.Raise) and node.exc)


def _name(alias: ast.alias) -> str:
    return alias.name.partition(".")[0]


def _request() -> None:
    late = httpx.ReadTimeout("late", request=httpx.Request("POST", "http://a/", json={"password": "canary"}))
    try:
        raise late
    except httpx.HTTPError:
        message = "no answer"
        raise LabError(message) from None


def _answer() -> None:
    try:
        TypeAdapter(int).validate_json('"canary"')
    except ValueError:
        message = "cannot be read"
        raise LabError(message) from None


def _file() -> None:
    try:
        b"canary \xe9".decode()
    except UnicodeDecodeError as error:
        message = "is not UTF-8"
        raise LabError(message) from error


@pytest.mark.parametrize("fails", [_request, _answer, _file])
def test_the_search_finds_what_is_hidden_behind_an_error(fails: Callable[[], None]) -> None:
    with pytest.raises(LabError) as caught:
        fails()
    assert Search(("canary",)).in_error(caught.value) == ["canary"]
