"""The trail of a request: its trace in Phoenix, its share of the numbers in Prometheus."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from testnode.patience import until
from tests.cluster.observed import of_answer, scaled_away, spans, total
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened
from tests.cluster.test_chat import stream

pytestmark = pytest.mark.proves(3)

TRACE_SECONDS = 60
SCRAPE_SECONDS = 60  # every 15 s, on a machine that may be busy
PROMPT = "What does the trace of this question show?"
REQUESTS = {"llama3.1": 3, "deepseek-r1": 2}


@dataclass(frozen=True)
class Reply:
    """An answer that came in one piece."""

    identity: str
    call: str
    content: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Counted:
    """What Prometheus knows of one model."""

    requests: float
    tokens: float


def counted(prometheus: str, model: str) -> Counted:
    """Count the requests for a model that got an answer, and their tokens."""
    answered = f'{{requested_model="{model}",status_code="200"}}'
    return Counted(
        requests=total(prometheus, f"sum(litellm_proxy_total_requests_metric_total{answered})"),
        tokens=total(prometheus, f'sum(litellm_total_tokens_metric_total{{requested_model="{model}"}})'),
    )


def ask(lab: RunningLab, prompt: str, model: str = "llama3.1") -> Reply:
    """Ask the gateway as a program does."""
    body = {"model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": 48}
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        answer = browser.post("/v1/chat/completions", json=body)
    answer.raise_for_status()
    said, usage = answer.json(), answer.json()["usage"]
    return Reply(
        identity=said["id"],
        call=answer.headers["x-litellm-call-id"],
        content=said["choices"][0]["message"]["content"].strip(),
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
    )


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> str:
    return opened(lab, "prometheus", 9090)


@pytest.fixture(scope="module")
def reply(lab: RunningLab) -> Reply:
    reply = ask(lab, PROMPT)
    until(lambda: of_answer(lab, reply.identity) != [], TRACE_SECONDS, "the trace has arrived")
    return reply


def test_a_request_has_one_trace_with_its_call_id_tokens_and_content(lab: RunningLab, reply: Reply) -> None:
    (span,) = of_answer(lab, reply.identity)
    said = span.attributes
    assert (said["litellm.call_id"], reply.content) == (reply.call, ANSWER)
    assert (said["llm.token_count.prompt"], said["llm.token_count.completion"]) == (
        reply.prompt_tokens,
        reply.completion_tokens,
    )
    assert PROMPT in said["input.value"]
    assert ANSWER in said["output.value"]


def test_its_trace_begins_with_the_request_to_the_gateway(lab: RunningLab, reply: Reply) -> None:
    (span,) = of_answer(lab, reply.identity)
    names = {found.name: found.parent for found in spans(lab, trace_id=span.trace)}
    assert names.pop("litellm_proxy_request", "no such span") is None
    assert names.keys() == {"litellm_request", "raw_gen_ai_request"}


def test_the_same_id_leads_to_the_row_in_postgresql(lab: RunningLab, reply: Reply) -> None:
    tokens = [str(reply.prompt_tokens), str(reply.completion_tokens)]
    assert lab.row("prompt_tokens, completion_tokens", reply.identity) == tokens


def test_a_streamed_chat_of_the_browser_has_one_trace_too(lab: RunningLab) -> None:
    answer = stream(lab, "openwebui", "/api/chat/completions", lab.token(), PROMPT)
    until(lambda: of_answer(lab, answer.identity) != [], TRACE_SECONDS, "the trace has arrived")
    (span,) = of_answer(lab, answer.identity)
    assert span.attributes["llm.token_count.completion"] == answer.completion_tokens
    assert ANSWER in span.attributes["output.value"]


@pytest.mark.parametrize("credential", [None, "litellm/master-key", "gateway-keys/chat"])
def test_phoenix_shows_nothing_to_those_without_its_own_key(lab: RunningLab, credential: str | None) -> None:
    with lab.browser("phoenix", lab.secret(credential) if credential else None) as browser:
        assert browser.get("/v1/projects").status_code == httpx.codes.UNAUTHORIZED


def test_prometheus_reaches_every_target(prometheus: str) -> None:
    until(lambda: total(prometheus, "count(up)") > 0, SCRAPE_SECONDS, "the targets are scraped")
    assert total(prometheus, 'up{job="litellm"}') == 1
    assert total(prometheus, "count(up == 0) or vector(0)") == 0


def test_the_counters_add_up_to_what_was_sent(lab: RunningLab, prometheus: str) -> None:
    before = {model: _settled(lab, prometheus, model) for model in REQUESTS}
    sent = {model: [ask(lab, f"Count me, {number}.", model) for number in range(n)] for model, n in REQUESTS.items()}
    expected = {
        model: Counted(
            requests=before[model].requests + len(replies),
            tokens=before[model].tokens + sum(reply.prompt_tokens + reply.completion_tokens for reply in replies),
        )
        for model, replies in sent.items()
    }
    until(lambda: {m: counted(prometheus, m) for m in expected} == expected, SCRAPE_SECONDS, f"counters at {expected}")


def _settled(lab: RunningLab, prometheus: str, model: str) -> Counted:
    """Count when a request that was sent just now is counted, so that none sent before can come later."""
    before = counted(prometheus, model)
    ask(lab, "Count me first.", model)
    until(lambda: counted(prometheus, model).requests > before.requests, SCRAPE_SECONDS, f"{model} is scraped")
    return counted(prometheus, model)


def test_with_phoenix_away_a_chat_still_flows(lab: RunningLab) -> None:
    with scaled_away(lab, "phoenix"):
        assert ask(lab, "Nobody traces this.").content == ANSWER
        answer = stream(lab, "openwebui", "/api/chat/completions", lab.token(), "Nor this.")
        assert "".join(answer.pieces).strip() == ANSWER
    again = ask(lab, "Traced again.")
    until(lambda: of_answer(lab, again.identity) != [], TRACE_SECONDS, "traces arrive again")
