"""What vLLM's stand-in answers to a chat."""

from __future__ import annotations

from typing import Final

import pytest

from tests.programs.vllm_api import ANSWER, NAME, THOUGHT, WEATHER, Json, api, ask, body, streamed

TOOLS: Final = ("--enable-auto-tool-choice", "--tool-call-parser=hermes")
USAGE: Final = {
    "prompt_tokens": 2,
    "total_tokens": 16,
    "completion_tokens": 14,
    "completion_tokens_details": {"reasoning_tokens": 6},
}
ORDER: Final = 'Call weather with {"place": "Elmwater"}'
NAMED: Final = {"type": "function", "function": {"name": "weather"}}


def choice(answer: Json) -> Json:
    [found] = answer["choices"]
    assert isinstance(found, dict)
    return found


def refusal(content: Json, *flags: str) -> tuple[int, str, str, str | None]:
    status, answer = ask(api(*flags), content)
    error = answer["error"]
    assert error["code"] == status
    return status, error["type"], error["message"], error["param"]


def test_a_whole_answer_has_the_thought_beside_it() -> None:
    status, answer = ask(api(), body())
    assert status == 200
    assert (answer["object"], answer["model"], answer["id"][:9]) == ("chat.completion", NAME, "chatcmpl-")
    assert answer["usage"] == USAGE | {"prompt_tokens_details": None}
    assert choice(answer)["finish_reason"] == "stop"
    assert choice(answer)["message"] == {
        "role": "assistant",
        "content": ANSWER,
        "refusal": None,
        "annotations": None,
        "audio": None,
        "function_call": None,
        "reasoning": THOUGHT,
    }


def test_a_stream_brings_the_thought_and_then_the_answer_word_by_word() -> None:
    events = streamed(api(), body())
    deltas = [choice(event)["delta"] for event in events]
    thought = len(THOUGHT.split())
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta["reasoning"] for delta in deltas[1 : thought + 1]) == THOUGHT
    assert "".join(delta["content"] for delta in deltas[thought + 1 :]) == ANSWER
    assert [choice(event)["finish_reason"] for event in events] == [None] * (len(events) - 1) + ["stop"]
    assert {(event["object"], event["id"]) for event in events} == {("chat.completion.chunk", events[0]["id"])}
    assert not any("usage" in event for event in events)


def test_a_stream_ends_with_its_tokens_where_that_is_asked() -> None:
    *_, last = streamed(api(), body(stream_options={"include_usage": True}))
    assert (last["choices"], last["usage"]) == ([], USAGE)


def test_without_the_parser_the_thought_stays_in_the_answer() -> None:
    answer = ask(api(parser=False), body())[1]
    message = choice(answer)["message"]
    assert (message["content"], message["reasoning"]) == (f"<think>{THOUGHT}</think>{ANSWER}", None)
    assert "completion_tokens_details" not in answer["usage"]


@pytest.mark.parametrize("most", [9, 40])
def test_an_answer_whose_end_is_not_heeded_is_as_long_as_the_request_permits(most: int) -> None:
    _, answer = ask(api(), body(ignore_eos=True, max_tokens=most))
    assert (choice(answer)["finish_reason"], answer["usage"]["completion_tokens"]) == ("length", most)


def test_the_answer_ends_where_the_request_says() -> None:
    _, answer = ask(api(), body(max_tokens=9))
    assert choice(answer)["finish_reason"] == "length"
    assert choice(answer)["message"]["content"] == "The"
    assert answer["usage"]["completion_tokens"] == 9


def test_the_answer_ends_where_the_context_does() -> None:
    _, answer = ask(api(), body("word " * 60))
    assert (choice(answer)["finish_reason"], answer["usage"]["total_tokens"]) == ("length", 64)


def test_a_tool_is_called_when_the_model_may() -> None:
    _, answer = ask(api(*TOOLS), body(ORDER, tools=[WEATHER]))
    [call] = choice(answer)["message"]["tool_calls"]
    assert call.pop("id").startswith("chatcmpl-tool-")
    assert call == {"type": "function", "function": {"name": "weather", "arguments": '{"place": "Elmwater"}'}}
    assert (choice(answer)["finish_reason"], choice(answer)["message"]["content"]) == ("tool_calls", None)


@pytest.mark.parametrize(("wanted", "reason"), [("required", "tool_calls"), (NAMED, "stop")])
def test_a_tool_that_the_client_insists_on_is_called_in_a_stream(wanted: object, reason: str) -> None:
    events = streamed(api(*TOOLS), body(tools=[WEATHER], tool_choice=wanted))
    [calls] = [delta["tool_calls"] for event in events if "tool_calls" in (delta := choice(event)["delta"])]
    assert [(call["index"], call["function"]) for call in calls] == [(0, {"name": "weather", "arguments": "{}"})]
    assert choice(events[-1])["finish_reason"] == reason


def test_the_result_of_a_tool_is_answered() -> None:
    call = {"id": "one", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": "one", "content": "rain"}
    _, answer = ask(api(*TOOLS), body(messages=[{"role": "user", "content": "?"}, asked, result], tools=[WEATHER]))
    assert choice(answer)["message"]["content"] == "The tool says rain"


def test_no_tool_is_called_where_none_may_be() -> None:
    _, answer = ask(api(), body(ORDER, tools=[WEATHER], tool_choice="none"))
    assert choice(answer)["message"]["content"] == ANSWER


def test_another_model_is_not_found() -> None:
    message = "The model `gpt` does not exist."
    assert refusal(body(model="gpt")) == (404, "NotFoundError", message, "model")


def test_a_prompt_that_leaves_no_room_is_refused_by_its_length() -> None:
    message = (
        "This model's maximum context length is 64 tokens. However, you requested 10 output tokens and your prompt "
        "contains 55 input tokens, for a total of 65 tokens. Please reduce the length of the input prompt or the "
        "number of requested output tokens."
    )
    assert refusal(body("word " * 55, max_tokens=10)) == (400, "BadRequestError", message, "input_tokens")
    assert ask(api(), body("word " * 54, max_tokens=10))[0] == 200


@pytest.mark.parametrize(
    ("more", "flags", "message", "parameter"),
    [
        (
            {"stream_options": {"include_usage": True}},
            (),
            "Stream options can only be defined when `stream=True`.",
            "stream_options",
        ),
        (
            {"tools": []},
            TOOLS,
            "`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.",
            "tools",
        ),
        ({"tool_choice": "auto"}, TOOLS, "When using `tool_choice`, `tools` must be set.", "tool_choice"),
        (
            {"tools": [WEATHER]},
            (),
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
            None,
        ),
        (
            {"tools": [WEATHER], "tool_choice": "required"},
            (),
            'tool_choice="required" requires --tool-call-parser to be set',
            None,
        ),
        (
            {"tools": [WEATHER], "tool_choice": NAMED},
            (),
            'tool_choice=function "weather" requires --tool-call-parser to be set',
            None,
        ),
    ],
)
def test_what_vllm_refuses_is_refused_in_its_words(
    more: Json, flags: tuple[str, ...], message: str, parameter: str | None
) -> None:
    assert refusal(body(**more), *flags) == (400, "BadRequestError", message, parameter)


def test_a_body_without_messages_is_refused() -> None:
    assert refusal({"model": NAME})[:2] == (400, "Bad Request")


def test_fields_that_vllm_does_not_know_are_passed_over() -> None:
    assert ask(api(), body(no_such_field=1))[0] == 200
