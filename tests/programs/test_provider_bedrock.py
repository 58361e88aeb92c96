"""AWS Bedrock, as the test internet answers for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import pytest

from testnode.internet.exchange import Request, Response
from testnode.internet.providers.bedrock import Bedrock, host
from testnode.internet.providers.signature import TIME, Signer
from tests.programs.provider_requests import ARGUMENTS, ORDER, Json, content, frames

SIGNER: Final = Signer("AKIA", "secret", "us-east-1", "bedrock")
SITE: Final = Bedrock(SIGNER, ("amazon.nova-pro-v1:0",))
PLAIN: Final = "/model/amazon.nova-pro-v1%3A0/converse"
STREAMED: Final = f"{PLAIN}-stream"
TOOLS: Final[Json] = {"toolConfig": {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": {}}}}]}}
USAGE: Final = {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8}


def body(text: str = "Who is there?", **more: object) -> Json:
    return {"messages": [{"role": "user", "content": [{"text": text}]}], **more}


def signed(path: str, asked: Json, signer: Signer = SIGNER) -> Response:
    """Send a request with a signature of this moment."""
    now = f"{datetime.now(UTC):{TIME}}"
    scope = f"{now[:8]}/{signer.region}/{signer.service}/aws4_request"
    names = ["host", "x-amz-date"]
    headers = {"host": host("us-east-1"), "x-amz-date": now}
    request = Request("POST", headers["host"], path, headers, json.dumps(asked).encode())
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.key}/{scope}, SignedHeaders={';'.join(names)}, "
        f"Signature={signer.signature(request, names, scope)}"
    )
    return SITE(request)


def error(answer: Response) -> tuple[int, str]:
    assert "message" in content(answer)
    return answer.status, answer.headers["x-amzn-ErrorType"]


def test_it_answers_and_counts() -> None:
    text = {"text": "These words come from amazon.nova-pro-v1:0."}
    assert content(signed(PLAIN, body(inferenceConfig={"maxTokens": 9}))) == {
        "output": {"message": {"role": "assistant", "content": [text]}},
        "stopReason": "end_turn",
        "usage": USAGE,
        "metrics": {"latencyMs": 1},
    }


def test_it_streams_framed_events() -> None:
    answer = signed(STREAMED, body())
    assert answer.headers["Content-Type"] == "application/vnd.amazon.eventstream"
    events = list(frames(answer))
    assert [headers[":event-type"] for headers, _ in events] == [
        "messageStart",
        *["contentBlockDelta"] * 5,
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert {(headers[":message-type"], headers[":content-type"]) for headers, _ in events} == {
        ("event", "application/json")
    }
    assert events[1][1] == {"contentBlockIndex": 0, "delta": {"text": "These"}}
    assert events[-1][1]["usage"] == USAGE


def test_it_calls_a_tool_and_uses_its_result() -> None:
    asked = body(ORDER, **TOOLS)
    first = content(signed(PLAIN, asked))
    assert isinstance(first["output"], dict)
    message = first["output"]["message"]
    call = message["content"][0]["toolUse"]
    assert (first["stopReason"], call["name"], call["input"]) == ("tool_use", "weather", ARGUMENTS)
    for part in ({"text": "21 degrees"}, {"json": "21 degrees"}):
        result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [part]}}
        turns = [{"role": "user", "content": [{"text": ORDER}]}, message, {"role": "user", "content": [result]}]
        second = content(signed(PLAIN, asked | {"messages": turns}))
        assert isinstance(second["output"], dict)
        assert second["output"]["message"]["content"] == [{"text": "The tool says 21 degrees"}]


def test_it_streams_a_tool_call() -> None:
    events = {headers[":event-type"]: data for headers, data in frames(signed(STREAMED, body(ORDER, **TOOLS)))}
    start = events["contentBlockStart"]["start"]
    assert isinstance(start, dict)
    assert start["toolUse"]["name"] == "weather"
    assert events["contentBlockDelta"]["delta"] == {"toolUse": {"input": '{"city": "Toronto"}'}}
    assert events["messageStop"] == {"stopReason": "tool_use"}


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        (Signer("AKIA", "another", "us-east-1", "bedrock"), "InvalidSignatureException"),
        (Signer("AKIB", "secret", "us-east-1", "bedrock"), "UnrecognizedClientException"),
        (Signer("AKIA", "secret", "eu-west-1", "bedrock"), "InvalidSignatureException"),
        (Signer("AKIA", "secret", "us-east-1", "s3"), "InvalidSignatureException"),
    ],
    ids=["secret", "key", "region", "service"],
)
def test_it_refuses_what_another_signed(signer: Signer, code: str) -> None:
    assert error(signed(PLAIN, body(), signer)) == (403, code)


def test_it_refuses_what_nobody_signed() -> None:
    answer = SITE(Request("POST", host("us-east-1"), PLAIN, {}, b"{}"))
    assert error(answer) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        body(noSuchField=1),
        {"messages": [{"role": "system", "content": [{"text": "Be brief."}]}]},
        {"messages": [{"role": "user", "content": "no blocks"}]},
        body(toolConfig={"tools": [{"toolSpec": {"name": "weather"}}]}),
    ],
    ids=["nothing", "unknown field", "unknown role", "text in place of blocks", "tool without a schema"],
)
def test_it_refuses_a_body_that_is_none_of_its_own(asked: Json) -> None:
    assert error(signed(PLAIN, asked)) == (400, "ValidationException")


def test_it_knows_only_its_models_and_operations() -> None:
    assert error(signed("/model/another/converse", body())) == (400, "ValidationException")
    assert error(signed("/model/amazon.nova-pro-v1%3A0/invoke", body())) == (404, "UnknownOperationException")
