"""What reaches the prompt from outside the conversation: results of a web search, pieces of a document."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from testnode.internet.search_engine import HOST
from testnode.lab_node import LabNode
from testnode.patience import until
from tests.cluster.observed import of_answer
from tests.cluster.running import PAGES, RunningLab
from tests.cluster.service_door import opened

pytestmark = pytest.mark.proves(3)

EMBEDDINGS = """select count(*) from "LiteLLM_SpendLogs" where model_group = 'nomic-embed-text'"""
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
    until(lambda: of_answer(lab, identity) != [], 60, "the trace has arrived")
    return str(of_answer(lab, identity)[0].attributes["input.value"])


def test_searxng_answers_programs_with_what_its_engine_found(lab: RunningLab, running: LabNode) -> None:
    door = opened(lab, "searxng", 8080)
    answer = httpx.get(f"http://{door}/search", params={"q": "tides", "format": "json"}, timeout=60)
    results = [(item["url"], item["title"], item["content"]) for item in answer.json()["results"]]
    assert results == [(PAGES[0].url, PAGES[0].title, PAGES[0].snippet)]
    assert any(request.host == HOST and b"q=tides" in request.body for request in running.outside.requests)
    refused = httpx.get(f"http://{door}/search", params={"q": "tides", "format": "csv"}, timeout=60)
    assert refused.status_code == httpx.codes.FORBIDDEN


def test_results_of_a_web_search_reach_the_prompt(lab: RunningLab, token: str) -> None:
    answer = _chat(lab, token, "When is high water in Elmwater?", features={"web_search": True})
    prompt = _prompt(lab, answer)
    assert [page.snippet for page in PAGES if page.snippet in prompt] == [page.snippet for page in PAGES]


def test_without_the_switch_nothing_is_searched(lab: RunningLab, token: str, running: LabNode) -> None:
    before = sum(request.host == HOST for request in running.outside.requests)
    answer = _chat(lab, token, "When is high water in Elmwater?")
    assert PAGES[0].snippet not in _prompt(lab, answer)
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
    until(lambda: int(lab.sql("litellm", EMBEDDINGS)[0][0]) > before, 60, "the gateway has counted embeddings")
