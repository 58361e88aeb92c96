"""The trail of a request: its trace in Phoenix, and what joins that with its row in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from ailab.gateway import SPAN_TEXT_CHARACTERS
from testnode.patience import until
from tests.cluster.gateway_chat import chat
from tests.cluster.load import traced
from tests.cluster.observed import of_answer, scaled_away, spans
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.test_chat import stream

pytestmark = pytest.mark.proves(3)

TRACE_SECONDS = 180  # every 5 s, on a machine that may be busy
# The gateway's connection to a Phoenix that is back may be tried again 144 s later (test_parts_down.py).
AGAIN_SECONDS = 144 + TRACE_SECONDS
PROMPT = "What does the trace of this question show?"
WAVES = "\N{WATER WAVE}" * (5 * 1024 * 1024 // 4)  # 5 MiB of the characters that take most bytes


@dataclass(frozen=True)
class Reply:
    """An answer that came in one piece."""

    identity: str
    call: str
    content: str
    prompt_tokens: int
    completion_tokens: int


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
def reply(lab: RunningLab) -> Reply:
    reply = ask(lab, PROMPT)
    until(lambda: of_answer(lab, reply.identity) != [], TRACE_SECONDS, "the trace has arrived")
    return reply


@pytest.mark.proves(3, "phoenix", "litellm -> phoenix:4317")
def test_a_request_has_one_trace_with_its_tokens_and_content(lab: RunningLab, reply: Reply) -> None:
    (span,) = of_answer(lab, reply.identity)
    names = ("llm.token_count.prompt", "llm.token_count.completion", "input.value", "output.value")
    assert {name: span.attributes[name] for name in names} == {
        "llm.token_count.prompt": reply.prompt_tokens,
        "llm.token_count.completion": reply.completion_tokens,
        "input.value": PROMPT,
        "output.value": reply.content,
    }
    assert reply.content == ANSWER


def test_its_trace_begins_with_the_request_to_the_gateway(lab: RunningLab, reply: Reply) -> None:
    (span,) = of_answer(lab, reply.identity)
    names = {found.name: found.parent for found in spans(lab, trace_id=span.trace)}
    assert names.pop("litellm_proxy_request", "no such span") is None
    assert names.keys() == {"litellm_request", "raw_gen_ai_request"}


def test_its_row_in_postgresql_joins_the_call_id_and_the_trace(lab: RunningLab, reply: Reply) -> None:
    """The client gets the call id in a header; the trace does not have it, but what the row has too."""
    (span,) = of_answer(lab, reply.identity)
    columns = "litellm_call_id, session_id, prompt_tokens, completion_tokens"
    tokens = [str(reply.prompt_tokens), str(reply.completion_tokens)]
    assert lab.row(columns, reply.identity) == [reply.call, span.attributes["litellm.trace_id"], *tokens]


def test_a_streamed_chat_of_the_browser_has_one_trace_too(lab: RunningLab) -> None:
    answer = stream(lab, "openwebui", "/api/chat/completions", lab.token(), PROMPT)
    until(lambda: of_answer(lab, answer.identity) != [], TRACE_SECONDS, "the trace has arrived")
    (span,) = of_answer(lab, answer.identity)
    assert span.attributes["llm.token_count.completion"] == answer.completion_tokens
    assert ANSWER in span.attributes["output.value"]


def test_a_prompt_of_5_mib_has_its_trace_with_all_texts_cut_and_holds_up_no_other(lab: RunningLab) -> None:
    """As a list of parts: the gateway writes such a message into a span three times."""
    sender, message = f"waves-{uuid4().hex}", {"role": "user", "content": [{"type": "text", "text": WAVES}]}
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        assert chat(browser, "claude-haiku", message, user=sender).status_code == httpx.codes.OK
    after = ask(lab, "Is the way free?")
    until(lambda: of_answer(lab, after.identity) != [], TRACE_SECONDS, "the next trace has arrived")
    until(lambda: traced(lab, sender) != [], TRACE_SECONDS, "the trace has arrived")
    (span,) = traced(lab, sender)
    whole = {
        "input.value": str(message["content"]),
        "llm.input_messages.0.message.content": str(message["content"]),
        "llm.input_messages.0.message.contents.0.message_content.text": WAVES,
    }
    assert [name for name, text in whole.items() if span.attributes[name] != text[:SPAN_TEXT_CHARACTERS]] == []


@pytest.mark.parametrize("credential", [None, "litellm/master-key", "gateway-keys/chat"])
def test_phoenix_shows_nothing_to_those_without_its_own_key(lab: RunningLab, credential: str | None) -> None:
    with lab.browser("phoenix", lab.secret(credential) if credential else None) as browser:
        assert browser.get("/v1/projects").status_code == httpx.codes.UNAUTHORIZED


def test_with_phoenix_away_a_chat_still_flows(lab: RunningLab) -> None:
    with scaled_away(lab, "phoenix"):
        assert ask(lab, "Nobody traces this.").content == ANSWER
        answer = stream(lab, "openwebui", "/api/chat/completions", lab.token(), "Nor this.")
        assert "".join(answer.pieces).strip() == ANSWER
    again = ask(lab, "Traced again.")
    until(lambda: of_answer(lab, again.identity) != [], AGAIN_SECONDS, "traces arrive again")
