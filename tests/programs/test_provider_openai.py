"""OpenAI, xAI and Together AI, as the test internet answers for them."""

from __future__ import annotations

from typing import Final

import pytest

from testnode.internet.exchange import Request, Response, Site
from testnode.internet.providers.openai import openai, together, xai
from tests.programs.provider_requests import ORDER, Json, content, post, sent_events

CHAT: Final = "/v1/chat/completions"
RESPONSES: Final = "/v1/responses"
HEADERS: Final = {"authorization": "Bearer the-key"}
OPENAI: Final = openai("the-key", ("gpt-6.1-sol", "gpt-4o"))
XAI: Final = xai("the-key", ("grok",))
TOGETHER: Final = together("the-key", ("openai/gpt-oss",))
MODELS: Final = [(OPENAI, "gpt-4o"), (XAI, "grok"), (TOGETHER, "openai/gpt-oss")]
each = pytest.mark.parametrize(("site", "model"), MODELS, ids=["openai", "xai", "together"])
TOOLS: Final = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]


def body(model: str, text: str = "Who is there?", **more: object) -> Json:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def sent(model: str, text: str = "Who is there?", **more: object) -> Json:
    return {"model": model, "input": text, **more}


def error(answer: Response) -> tuple[int, object, object]:
    found = content(answer)["error"]
    assert isinstance(found, dict)
    assert found["type"] == "invalid_request_error"
    return answer.status, found["code"], found["param"]


@each
def test_a_chat_is_answered_and_counted(site: Site, model: str) -> None:
    found = content(post(site, CHAT, body(model, temperature=0.5), HEADERS))
    assert found["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "refusal": None, "content": f"These words come from {model}."},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert (found["object"], found["model"]) == ("chat.completion", model)
    assert found["usage"] == {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


@each
def test_a_chat_is_streamed_and_ends_with_its_tokens(site: Site, model: str) -> None:
    events = sent_events(post(site, CHAT, body(model, stream=True, stream_options={"include_usage": True}), HEADERS))
    assert events[-1] == (None, "[DONE]")
    data = [data for _, data in events if isinstance(data, dict)]
    assert {(event["object"], event["id"]) for event in data} == {("chat.completion.chunk", data[0]["id"])}
    choices = [event["choices"] for event in data]
    assert choices[1] == [{"index": 0, "delta": {"content": "These"}, "logprobs": None, "finish_reason": None}]
    assert choices[-2:] == [[{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}], []]
    assert data[-1]["usage"] == {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


def test_a_stream_says_no_tokens_unless_it_is_asked_to() -> None:
    events = sent_events(post(OPENAI, CHAT, body("gpt-4o", stream=True), HEADERS))
    assert all("usage" not in data for _, data in events)


@each
def test_a_chat_calls_a_tool_and_uses_its_result(site: Site, model: str) -> None:
    asked = body(model, ORDER, tools=TOOLS)
    choices = content(post(site, CHAT, asked, HEADERS))["choices"]
    assert isinstance(choices, list)
    message = choices[0]["message"]
    (call,) = message["tool_calls"]
    assert choices[0]["finish_reason"] == "tool_calls"
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Toronto"}'}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "21 degrees"}
    turns = [{"role": "user", "content": ORDER}, message, result]
    choices = content(post(site, CHAT, asked | {"messages": turns}, HEADERS))["choices"]
    assert isinstance(choices, list)
    assert choices[0]["message"]["content"] == "The tool says 21 degrees"


def test_a_tool_that_is_not_offered_is_not_called() -> None:
    choices = content(post(OPENAI, CHAT, body("gpt-4o", ORDER), HEADERS))["choices"]
    assert isinstance(choices, list)
    assert choices[0]["finish_reason"] == "stop"


def test_models_that_reason_want_responses_for_tools_and_the_new_limit() -> None:
    reasoning = body("gpt-6.1-sol", ORDER, tools=TOOLS)
    assert error(post(OPENAI, CHAT, reasoning, HEADERS)) == (400, None, "reasoning_effort")
    assert post(OPENAI, CHAT, reasoning | {"reasoning_effort": "none"}, HEADERS).status == 200
    limited = body("gpt-6.1-sol", max_tokens=9)
    assert error(post(OPENAI, CHAT, limited, HEADERS)) == (400, "unsupported_parameter", "max_tokens")
    assert post(OPENAI, CHAT, body("gpt-6.1-sol", max_completion_tokens=9), HEADERS).status == 200


def test_responses_are_answered_and_counted() -> None:
    found = content(post(OPENAI, RESPONSES, sent("gpt-6.1-sol", instructions="Be brief."), HEADERS))
    output = found["output"]
    assert isinstance(output, list)
    part = {"type": "output_text", "text": "These words come from gpt-6.1-sol.", "annotations": [], "logprobs": []}
    assert (found["object"], found["status"], output[0]["content"]) == ("response", "completed", [part])
    assert isinstance(found["usage"], dict)
    assert [found["usage"][name] for name in ("input_tokens", "output_tokens", "total_tokens")] == [5, 5, 10]


def test_responses_are_streamed_as_numbered_events() -> None:
    events = sent_events(post(OPENAI, RESPONSES, sent("gpt-6.1-sol", stream=True), HEADERS))
    assert [name for name, _ in events] == [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * 5,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    data = [data for _, data in events if isinstance(data, dict)]
    assert [event["sequence_number"] for event in data] == list(range(len(events)))


def test_responses_call_a_tool_and_use_its_result() -> None:
    tools = [{"type": "function", "name": "weather", "parameters": {}}]
    output = content(post(OPENAI, RESPONSES, sent("gpt-6.1-sol", ORDER, tools=tools), HEADERS))["output"]
    assert isinstance(output, list)
    (call,) = output
    assert (call["type"], call["name"], call["arguments"]) == ("function_call", "weather", '{"city": "Toronto"}')
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "21 degrees"}
    items = [{"role": "user", "content": ORDER}, call, result]
    output = content(post(OPENAI, RESPONSES, sent("gpt-6.1-sol") | {"input": items}, HEADERS))["output"]
    assert isinstance(output, list)
    assert output[0]["content"][0]["text"] == "The tool says 21 degrees"


def test_responses_stream_a_tool_call() -> None:
    tools = [{"type": "function", "name": "weather", "parameters": {}}]
    events = dict(sent_events(post(OPENAI, RESPONSES, sent("gpt-6.1-sol", ORDER, tools=tools, stream=True), HEADERS)))
    done = events["response.function_call_arguments.done"]
    assert isinstance(done, dict)
    assert (done["name"], done["arguments"]) == ("weather", '{"city": "Toronto"}')


def test_a_wrong_key_is_shown_in_part_and_refused_in_each_providers_way() -> None:
    wrong = {"authorization": "Bearer sk-secret-of-nobody"}
    assert error(post(OPENAI, CHAT, body("gpt-4o"), wrong)) == (401, "invalid_api_key", None)
    assert error(post(TOGETHER, CHAT, body("openai/gpt-oss"), wrong)) == (401, "invalid_api_key", None)
    answer = post(XAI, CHAT, body("grok"), wrong)
    assert (answer.status, content(answer)["code"]) == (400, "Client specified an invalid argument")
    for site in (OPENAI, TOGETHER, XAI):
        assert b"sk-secret-of-nobody" not in post(site, CHAT, body("x"), wrong).body


@each
@pytest.mark.parametrize("header", ["", "Bearer ", "Basic the-key"])
def test_no_key_is_unauthorized(site: Site, model: str, header: str) -> None:
    assert post(site, CHAT, body(model), {"authorization": header}).status == 401


def test_a_model_that_is_not_there_is_refused_in_each_providers_way() -> None:
    assert error(post(OPENAI, CHAT, body("grok"), HEADERS)) == (404, "model_not_found", "model")
    assert error(post(OPENAI, RESPONSES, sent("grok"), HEADERS)) == (404, "model_not_found", "model")
    assert error(post(TOGETHER, CHAT, body("grok"), HEADERS)) == (400, "model_not_available", "model")
    answer = post(XAI, CHAT, body("gpt-4o"), HEADERS)
    assert (answer.status, content(answer)["code"]) == (404, "Some requested entity was not found")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"no_such_field": 1}, "unknown_parameter", "no_such_field"),
        ({"messages": "text"}, None, "messages"),
        ({"messages": []}, None, "messages"),
        ({"messages": [{"role": "tool", "tool_call_id": "x", "content": "?"}]}, None, "messages"),
    ],
)
def test_a_body_that_is_none_of_its_own_is_refused(change: Json, code: str | None, field: str) -> None:
    assert error(post(OPENAI, CHAT, body("gpt-4o") | change, HEADERS)) == (400, code, field)


def test_a_body_that_lacks_a_field_is_refused() -> None:
    asked: Json = {"model": "gpt-4o"}
    assert error(post(OPENAI, CHAT, asked, HEADERS)) == (400, "missing_required_parameter", "messages")


def test_what_is_no_json_and_what_is_nowhere_is_refused() -> None:
    assert post(OPENAI, CHAT, b"{", HEADERS).status == 400
    assert post(OPENAI, "/v1/engines", body("gpt-4o"), HEADERS).status == 404
    assert post(XAI, RESPONSES, sent("grok"), HEADERS).status == 404
    assert OPENAI(Request("GET", "host.example", CHAT, HEADERS)).status == 405
