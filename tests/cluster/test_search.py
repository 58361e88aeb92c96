"""What reaches the prompt from outside the conversation: results of a web search, pieces of a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ailab.searxng import ENGINES
from testnode.internet.search_engine import HOST
from testnode.lab_node import LabNode
from testnode.patience import until
from testnode.programs.searxng import searxng as searxng_program
from tests.cluster.observed import of_answer
from tests.cluster.running import PAGES, RunningLab
from tests.cluster.service_door import opened
from tests.cluster.test_traces import TRACE_SECONDS

pytestmark = pytest.mark.proves(3)

EMBEDDINGS = """select count(*) from "LiteLLM_SpendLogs" where model_group = 'nomic-embed-text'"""
QUESTION = "When is high water in Elmwater?"
DOCUMENT = "The harbour master of Elmwater is called Ottilie Brandt. Her office has a green door."


@pytest.fixture(scope="module")
def token(lab: RunningLab) -> str:
    return lab.token()


def _chat(lab: RunningLab, token: str, prompt: str, **more: object) -> dict[str, Any]:
    body = {"model": "llama3.1", "messages": [{"role": "user", "content": prompt}], "stream": False, **more}
    with lab.browser("openwebui", token) as browser:
        answer = browser.post("/api/chat/completions", json=body)
    assert answer.status_code == httpx.codes.OK, answer.text
    said: dict[str, Any] = answer.json()
    return said


def _prompt(lab: RunningLab, answer: dict[str, Any]) -> str:
    """Read what the model was asked from the answer's trace: rows of the gateway keep 2,048 letters of it."""
    identity = str(answer["id"])
    until(lambda: of_answer(lab, identity) != [], TRACE_SECONDS, "the trace has arrived")
    return str(of_answer(lab, identity)[0].attributes["input.value"])


@pytest.fixture(scope="module")
def searxng(lab: RunningLab) -> Iterator[httpx.Client]:
    with opened(lab, "searxng", 8080) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as client:
        yield client


def test_searxng_answers_programs_with_what_its_engine_found(searxng: httpx.Client) -> None:
    answer = searxng.get("/search", params={"q": "tides", "format": "json"})
    results = [(item["url"], item["title"], item["content"]) for item in answer.json()["results"]]
    assert results == [(PAGES[0].url, PAGES[0].title, PAGES[0].snippet)]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_that_is_asked_is_one_that_searxng_knows(engine: str) -> None:
    """SearXNG passes an unknown name over. The test internet answers for one of them alone."""
    code = searxng_program().recipes[0].folder / "searx/engines"
    assert (code / f"{engine}.py").exists()


def test_searxng_gives_no_format_that_nobody_asks_for(searxng: httpx.Client) -> None:
    assert searxng.get("/search", params={"q": "tides", "format": "csv"}).status_code == httpx.codes.FORBIDDEN


@pytest.mark.proves(3, "searxng -> internet:443")
def test_the_engine_learns_the_query_and_not_who_asked(searxng: httpx.Client, running: LabNode) -> None:
    searxng.get("/search", params={"q": "gulls", "format": "json"}, headers={"X-Forwarded-For": "100.101.102.103"})
    asked = [request for request in running.outside.requests if request.host == HOST and b"q=gulls" in request.body]
    assert asked
    assert "100.101.102.103" not in str(asked)


@pytest.mark.proves(3, "searxng", "open-webui -> searxng:8080")
def test_results_of_a_web_search_reach_the_prompt(lab: RunningLab, token: str) -> None:
    answer = _chat(lab, token, QUESTION, features={"web_search": True})
    prompt = _prompt(lab, answer)
    assert [page.snippet for page in PAGES if page.snippet in prompt] == [page.snippet for page in PAGES]


def test_without_the_switch_no_result_is_in_the_prompt(lab: RunningLab, token: str) -> None:
    answer = _chat(lab, token, QUESTION)
    assert (_prompt(lab, answer), PAGES[0].snippet in _prompt(lab, answer)) == (QUESTION, False)


def test_without_the_switch_nothing_is_searched(lab: RunningLab, token: str, running: LabNode) -> None:
    before = sum(request.host == HOST for request in running.outside.requests)
    _chat(lab, token, QUESTION)
    assert sum(request.host == HOST for request in running.outside.requests) == before


def test_a_document_is_embedded_through_the_gateway_and_found_again(lab: RunningLab, token: str) -> None:
    before = int(lab.sql("litellm", EMBEDDINGS)[0][0])
    with lab.browser("openwebui", token) as browser:
        upload = browser.post(
            "/api/v1/files/",
            files={"file": ("harbour.txt", DOCUMENT.encode(), "text/plain")},
            params={"process_in_background": "false"},
        )
    assert upload.status_code == httpx.codes.OK, upload.text
    file = upload.json()
    answer = _chat(lab, token, "Who is the harbour master?", files=[{"type": "file", "id": file["id"], "file": file}])
    assert DOCUMENT in _prompt(lab, answer)
    until(
        lambda: int(lab.sql("litellm", EMBEDDINGS)[0][0]) > before, TRACE_SECONDS, "the gateway has counted embeddings"
    )
