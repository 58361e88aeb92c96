"""Google Gemini, as the test internet answers for it."""

from __future__ import annotations

import json
from typing import Final

import pytest

from testnode.internet.providers.gemini import Gemini
from tests.programs.provider_requests import ARGUMENTS, ORDER, Json, content, post, sent_events

SITE: Final = Gemini("the-key", ("gemini-flash",))
HEADERS: Final = {"x-goog-api-key": "the-key"}
PLAIN: Final = "/v1beta/models/gemini-flash:generateContent"
STREAMED: Final = "/v1beta/models/gemini-flash:streamGenerateContent"
USAGE: Final = {"promptTokenCount": 3, "candidatesTokenCount": 5, "totalTokenCount": 8}


def body(text: str = "Who is there?", **more: object) -> Json:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **more}


def candidate(found: Json) -> Json:
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    first: Json = candidates[0]
    return first


def error(path: str, headers: dict[str, str], asked: Json | None = None) -> tuple[int, object]:
    answer = post(SITE, path, body() if asked is None else asked, headers)
    found = content(answer)["error"]
    assert isinstance(found, dict)
    assert found["code"] == answer.status
    return answer.status, found["status"]


def test_it_answers_and_counts() -> None:
    found = content(post(SITE, PLAIN, body(generationConfig={"maxOutputTokens": 9}), HEADERS))
    assert candidate(found) == {
        "content": {"role": "model", "parts": [{"text": "These words come from gemini-flash."}]},
        "index": 0,
        "finishReason": "STOP",
    }
    assert found["usageMetadata"] == USAGE


def test_its_names_may_be_written_both_ways() -> None:
    instruction = {"parts": [{"text": "Be brief."}]}
    for name in ("system_instruction", "systemInstruction"):
        assert content(post(SITE, PLAIN, body() | {name: instruction}, HEADERS))["usageMetadata"] == {
            "promptTokenCount": 5,
            "candidatesTokenCount": 5,
            "totalTokenCount": 10,
        }


def test_it_streams_by_events_where_that_is_asked_for() -> None:
    events = [data for _, data in sent_events(post(SITE, f"{STREAMED}?alt=sse", body(), HEADERS))]
    pieces = [candidate(data) for data in events if isinstance(data, dict)]
    assert [piece.get("finishReason") for piece in pieces] == [None, None, None, None, "STOP"]
    assert pieces[0]["content"] == {"role": "model", "parts": [{"text": "These"}]}


def test_it_streams_a_list_otherwise() -> None:
    assert len(json.loads(post(SITE, STREAMED, body(), HEADERS).body)) == 5


def test_it_calls_a_function_and_uses_its_result() -> None:
    tools = [{"functionDeclarations": [{"name": "weather"}]}]
    message = candidate(content(post(SITE, PLAIN, body(ORDER, tools=tools), HEADERS)))["content"]
    assert message == {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": ARGUMENTS}}]}
    result = {"functionResponse": {"name": "weather", "response": {"result": "21 degrees"}}}
    turns = [{"role": "user", "parts": [{"text": ORDER}]}, message, {"role": "user", "parts": [result]}]
    asked: Json = {"contents": turns, "tools": tools}
    found = candidate(content(post(SITE, PLAIN, asked, HEADERS)))["content"]
    assert found == {"role": "model", "parts": [{"text": "The tool says 21 degrees"}]}


def test_it_streams_a_call_in_one_piece() -> None:
    tools = [{"function_declarations": [{"name": "weather"}]}]
    events = sent_events(post(SITE, f"{STREAMED}?alt=sse", body(ORDER, tools=tools), HEADERS))
    assert len(events) == 1
    assert "functionCall" in str(events)


def test_its_key_may_stand_in_the_address() -> None:
    assert post(SITE, f"{PLAIN}?key=the-key", body(), {}).status == 200


def test_it_says_why_it_refuses_a_key() -> None:
    assert error(PLAIN, {}) == (403, "PERMISSION_DENIED")
    assert error(PLAIN, {"x-goog-api-key": "another"}) == (400, "INVALID_ARGUMENT")
    refusal = content(post(SITE, PLAIN, body(), {"x-goog-api-key": "another"}))["error"]
    assert isinstance(refusal, dict)
    assert refusal["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize(
    "path",
    ["/v1beta/models/other:generateContent", "/v9/models/gemini-flash:generateContent", "/v1beta/models/gemini-flash"],
)
def test_it_knows_only_its_models_and_methods(path: str) -> None:
    assert error(path, HEADERS) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        body(noSuchField=1),
        {"contents": [{"role": "system", "parts": [{"text": "Be brief."}]}]},
        {"contents": [{"parts": [{"functionResponse": {"name": "weather", "response": {}}}]}]},
    ],
    ids=["nothing", "unknown field", "unknown role", "result without a call"],
)
def test_it_refuses_a_body_that_is_none_of_its_own(asked: Json) -> None:
    assert error(PLAIN, HEADERS, asked) == (400, "INVALID_ARGUMENT")
