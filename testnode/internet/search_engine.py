"""A web search engine: DuckDuckGo's page for browsers without JavaScript, as far as SearXNG reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs

from testnode.internet.exchange import Request, Response, Site

HOST = "html.duckduckgo.com"
PATH = "/html/"

PAGE = '<!DOCTYPE html><html><body><div id="links">{results}</div></body></html>'
RESULT = (
    '<div class="result results_links web-result"><h2 class="result__title"><a href="{url}">{title}</a></h2>'
    '<a class="result__snippet" href="{url}">{snippet}</a></div>'
)


@dataclass(frozen=True)
class Page:
    """A page of the web as a search engine shows it."""

    url: str
    title: str
    snippet: str


class SearchEngine:
    """An engine that knows some pages, and finds those whose title or snippet has a word of the query."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = tuple(pages)

    @property
    def sites(self) -> Mapping[str, Site]:
        """The engine's host."""
        return {HOST: self._answer}

    def _answer(self, request: Request) -> Response:
        if (request.method, request.path) != ("POST", PATH):
            return Response(HTTPStatus.NOT_FOUND)
        form = parse_qs(request.body.decode())
        results = "".join(map(_result, self._found(" ".join(form.get("q", [])))))
        return Response(
            headers={"Content-Type": "text/html; charset=utf-8"}, body=PAGE.format(results=results).encode()
        )

    def _found(self, query: str) -> list[Page]:
        words = _words(query)
        return [page for page in self._pages if words & _words(f"{page.title} {page.snippet}")]


def _words(text: str) -> set[str]:
    return {word.strip(".,;:?!").lower() for word in text.split()}


def _result(page: Page) -> str:
    return RESULT.format(url=escape(page.url), title=escape(page.title), snippet=escape(page.snippet))
