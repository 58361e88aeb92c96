"""The search engine of the test internet."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

import pytest

from testnode.internet.exchange import Request, Response
from testnode.internet.search_engine import HOST, Page, SearchEngine

TIDES = Page("https://harbour.example/tides?a=1&b=2", "Tides & times", "High water at noon.")
GULLS = Page("https://harbour.example/gulls", "Gulls", "They nest on the cliff.")


def _ask(query: str, *, method: str = "POST", path: str = "/html/") -> Response:
    (site,) = SearchEngine((TIDES, GULLS)).sites.values()
    return site(Request(method, HOST, path, body=urlencode({"q": query, "b": ""}).encode()))


@pytest.mark.parametrize(
    ("query", "found"),
    [("tides", [TIDES]), ("Water, cliff!", [TIDES, GULLS]), ("moon", []), ("", [])],
)
def test_a_page_is_found_by_a_word_of_its_title_or_snippet(query: str, found: list[Page]) -> None:
    page = _ask(query).body.decode()
    assert [known for known in (TIDES, GULLS) if f">{known.snippet}</a>" in page] == found


def test_what_a_page_says_is_text_in_the_answer() -> None:
    assert '<a href="https://harbour.example/tides?a=1&amp;b=2">Tides &amp; times</a>' in _ask("tides").body.decode()


@pytest.mark.parametrize(("method", "path"), [("GET", "/html/"), ("POST", "/lite/")])
def test_another_address_is_unknown(method: str, path: str) -> None:
    assert _ask("tides", method=method, path=path).status == HTTPStatus.NOT_FOUND
