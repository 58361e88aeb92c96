"""Anthropic's Messages, as the test internet answers for them."""

from __future__ import annotations

from typing import Final

import pytest

from testnode.internet.exchange import Request
from testnode.internet.providers.anthropic import Anthropic
from tests.programs.provider_requests import ARGUMENTS, ORDER, Json, content, post, sent_events

SITE: Final = Anthropic("the-key", ("claude",))
HEADERS: Final = {"x-api-key": "the-key", "anthropic-version": "2023-06-01"}
TOOLS: Final = [{"name": "weather", "input_schema": {"type": "object"}}]


def body(text: str = "Who is there?", **more: object) -> Json:
    return {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": text}], **more}


def error(answer_to: Json, path: str = "/v1/messages", **headers: str) -> tuple[int, object]:
    answer = post(
        SITE, path, answer_to, {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )
    found = content(answer)
    assert (found["type"], found["request_id"]) == ("error", answer.headers["request-id"])
    assert isinstance(found["error"], dict)
    return answer.status, found["error"]["type"]


def test_it_answers_and_counts() -> None:
    system = [{"type": "text", "text": "Be brief."}]
    found = content(post(SITE, "/v1/messages", body(system=system, temperature=0.5), HEADERS))
    assert str(found.pop("id")).startswith("msg_")
    assert found == {
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [{"type": "text", "text": "These words come from claude."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 5},
    }


def test_it_streams_its_own_events() -> None:
    events = sent_events(post(SITE, "/v1/messages", body(stream=True), HEADERS))
    assert [name for name, _ in events] == [
        "message_start",
        "content_block_start",
        "ping",
        *["content_block_delta"] * 5,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    data = [data for _, data in events if isinstance(data, dict)]
    assert [event["type"] for event in data] == [name for name, _ in events]
    assert data[3]["delta"] == {"type": "text_delta", "text": "These"}
    assert data[-2]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert data[-2]["usage"] == {"output_tokens": 5}


def test_it_calls_a_tool_and_uses_its_result() -> None:
    asked = body(ORDER, tools=TOOLS)
    first = content(post(SITE, "/v1/messages", asked, HEADERS))
    assert isinstance(first["content"], list)
    (call,) = first["content"]
    assert (first["stop_reason"], call["type"], call["name"], call["input"]) == (
        "tool_use",
        "tool_use",
        "weather",
        ARGUMENTS,
    )
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": [{"type": "text", "text": "21 degrees"}]}
    turns = [{"role": "user", "content": ORDER}, {"role": "assistant", "content": [call]}]
    second = content(
        post(SITE, "/v1/messages", asked | {"messages": [*turns, {"role": "user", "content": [result]}]}, HEADERS)
    )
    assert second["content"] == [{"type": "text", "text": "The tool says 21 degrees"}]


def test_it_streams_a_tool_call() -> None:
    events = dict(sent_events(post(SITE, "/v1/messages", body(ORDER, tools=TOOLS, stream=True), HEADERS)))
    start, delta = events["content_block_start"], events["content_block_delta"]
    assert isinstance(start, dict)
    assert isinstance(start["content_block"], dict)
    assert isinstance(delta, dict)
    assert (start["content_block"]["name"], start["content_block"]["input"]) == ("weather", {})
    assert delta["delta"] == {"type": "input_json_delta", "partial_json": '{"city": "Toronto"}'}


@pytest.mark.parametrize("key", ["", "another-key"])
def test_it_refuses_a_key_that_is_not_its_own(key: str) -> None:
    assert error(body(), x_api_key=key) == (401, "authentication_error")


@pytest.mark.parametrize("version", ["", "2020-01-01"])
def test_it_refuses_a_version_that_never_was(version: str) -> None:
    assert error(body(), anthropic_version=version) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": None},
        {"max_tokens": "many"},
        {"messages": [{"role": "system", "content": "Be brief."}]},
        {"no_such_field": 1},
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": "?"}]}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_refuses_a_body_that_is_none_of_its_own(change: Json) -> None:
    assert error({name: value for name, value in (body() | change).items() if value is not None}) == (
        400,
        "invalid_request_error",
    )


def test_it_knows_only_its_models_its_path_and_its_method() -> None:
    assert error(body(model="gpt")) == (404, "not_found_error")
    assert error(body(), path="/v1/complete") == (404, "not_found_error")
    assert SITE(Request("GET", "host.example", "/v1/messages", HEADERS)).status == 405
