"""Every paid provider through the gateway, by its own protocol: answers, tools, refusals, and what is left of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from infra.labs import DIST
from testnode.internet.providers.reply import answer_of
from testnode.lab_node import LabNode
from tests.cluster.gateway_chat import Json, chat, stream, user
from tests.cluster.provider_keys import ALL_KEYS, AZURE_HOST, SECRET, WRONG
from tests.cluster.running import PROVIDER_KEYS, RunningLab

pytestmark = pytest.mark.proves(3)


@dataclass(frozen=True)
class Paid:
    """A model of the lab: its alias, its provider's name of it, and the gateway's name of the provider."""

    alias: str
    model: str
    provider: str


MODELS: Final = (
    Paid("claude-sonnet", "claude-sonnet-5-5", "anthropic"),
    Paid("gpt", "gpt-6.1-sol", "openai"),
    Paid("bedrock-claude-sonnet", "us.anthropic.claude-sonnet-5-5", "bedrock"),
    Paid("gemini-flash", "gemini-3.8-flash", "gemini"),
    Paid("azure-gpt", "gpt-6.1-sol", "azure"),
    Paid("grok", "grok-4.7", "xai"),
    Paid("gpt-oss-120b", "openai/gpt-oss-120b", "together_ai"),
)
each_model = pytest.mark.parametrize("paid", MODELS, ids=lambda paid: paid.provider)

QUESTION: Final = "Who is there?"
CITY: Final = {"city": "Toronto"}
ORDER: Final = f"Call weather with {json.dumps(CITY)}"
WEATHER: Final = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@contextmanager
def given_keys(lab: RunningLab, keys: Mapping[str, str]) -> Iterator[None]:
    """Give the lab other provider keys for a while."""
    file = lab.home / "other-keys.env"
    try:
        file.write_text("".join(f"{name}={value}\n" for name, value in keys.items()))
        lab.command("secrets", "apply", "--env-file", file)
        yield
    finally:
        before = {**dict.fromkeys(ALL_KEYS, ""), **PROVIDER_KEYS}
        file.write_text("".join(f"{name}={value}\n" for name, value in before.items()))
        lab.command("secrets", "apply", "--env-file", file)


@pytest.fixture(scope="module")
def gateway(lab: RunningLab) -> Iterator[httpx.Client]:
    """Ask with the chat's virtual key, while every provider's key is given."""
    with given_keys(lab, ALL_KEYS), lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        yield browser


@pytest.fixture(scope="module")
def answers(gateway: httpx.Client) -> dict[str, Json]:
    """One plain answer of each model, by its alias."""
    found = {paid.alias: chat(gateway, paid.alias, user(QUESTION)) for paid in MODELS}
    assert {alias: answer.text for alias, answer in found.items() if answer.status_code != httpx.codes.OK} == {}
    return {alias: answer.json() for alias, answer in found.items()}


@pytest.mark.proves(
    3,
    "litellm -> anthropic",
    "litellm -> openai",
    "litellm -> bedrock",
    "litellm -> gemini",
    "litellm -> azure",
    "litellm -> xai",
    "litellm -> together_ai",
)
@each_model
def test_every_paid_model_answers(answers: dict[str, Json], paid: Paid) -> None:
    choice = answers[paid.alias]["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (answer_of(paid.model), "stop")


@each_model
def test_a_paid_answer_says_its_tokens(answers: dict[str, Json], paid: Paid) -> None:
    usage = answers[paid.alias]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (len(QUESTION.split()), 5)


@each_model
def test_a_paid_answer_is_streamed_word_by_word_with_its_tokens(gateway: httpx.Client, paid: Paid) -> None:
    found = stream(gateway, paid.alias, QUESTION)
    assert [piece.strip() for piece in found.pieces] == answer_of(paid.model).split()
    assert (found.usage["prompt_tokens"], found.usage["completion_tokens"]) == (len(QUESTION.split()), 5)


@each_model
def test_a_paid_model_calls_a_tool_and_uses_its_result(gateway: httpx.Client, paid: Paid) -> None:
    first = chat(gateway, paid.alias, user(ORDER), tools=[WEATHER])
    assert first.status_code == httpx.codes.OK, first.text
    message = first.json()["choices"][0]["message"]
    (call,) = message["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("weather", CITY)
    result = {"role": "tool", "tool_call_id": call["id"], "content": "21 degrees"}
    second = chat(gateway, paid.alias, user(ORDER), message, result, tools=[WEATHER])
    assert second.status_code == httpx.codes.OK, second.text
    assert second.json()["choices"][0]["message"]["content"] == "The tool says 21 degrees"


@each_model
def test_a_paid_models_tool_call_is_streamed(gateway: httpx.Client, paid: Paid) -> None:
    found = stream(gateway, paid.alias, ORDER, tools=[WEATHER])
    names, arguments = zip(*found.calls, strict=True)
    assert ("".join(names), json.loads("".join(arguments))) == ("weather", CITY)


@each_model
def test_a_paid_answers_row_has_its_tokens_and_its_provider(
    lab: RunningLab, answers: dict[str, Json], paid: Paid
) -> None:
    columns = "prompt_tokens, completion_tokens, model_group, custom_llm_provider, status"
    row = lab.row(columns, answers[paid.alias]["id"])
    assert row == [str(len(QUESTION.split())), "5", paid.alias, paid.provider, "success"]


@pytest.mark.proves(3, "litellm -> internet:443")
@pytest.mark.usefixtures("answers")
def test_each_provider_is_asked_at_its_own_address(running: LabNode) -> None:
    asked = {(request.method, request.host, request.path) for request in running.outside.requests}
    claude = "/model/us.anthropic.claude-sonnet-5-5"
    assert {
        ("POST", "api.anthropic.com", "/v1/messages"),
        ("POST", "api.openai.com", "/v1/chat/completions"),
        ("POST", "api.openai.com", "/v1/responses"),
        ("POST", "bedrock-runtime.us-east-1.amazonaws.com", f"{claude}/converse"),
        ("POST", "bedrock-runtime.us-east-1.amazonaws.com", f"{claude}/converse-stream"),
        ("POST", AZURE_HOST, "/openai/deployments/gpt-6.1-sol/chat/completions?api-version=2025-04-01-preview"),
        ("POST", AZURE_HOST, "/openai/responses?api-version=2025-04-01-preview"),
        ("POST", "api.x.ai", "/v1/chat/completions"),
        ("POST", "api.together.ai", "/v1/chat/completions"),
    } <= asked
    gemini = {path for _, host, path in asked if host == "generativelanguage.googleapis.com"}
    assert {re.sub(r"^/v1(alpha|beta)", "", path) for path in gemini} == {
        "/models/gemini-3.8-flash:generateContent",
        "/models/gemini-3.8-flash:streamGenerateContent?alt=sse",
    }


@pytest.fixture(scope="module")
def refusals(lab: RunningLab, answers: dict[str, Json]) -> dict[str, httpx.Response]:
    """Ask each model while its provider's key is wrong, after all tests that need right ones."""
    assert len(answers) == len(MODELS)
    with given_keys(lab, WRONG), lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        return {paid.alias: chat(browser, paid.alias, user(QUESTION)) for paid in MODELS}


@each_model
def test_a_wrong_provider_key_is_a_clear_error_without_the_key(refusals: dict[str, httpx.Response], paid: Paid) -> None:
    answer = refusals[paid.alias]
    message = answer.json()["error"]["message"]
    assert answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    assert re.search(r"\bkey\b|\bsignature\b", message)
    assert "fallback" not in message.lower()
    # Each wrong key holds the right one.
    assert [value for value in SECRET.values() if value in answer.text] == []


@pytest.mark.usefixtures("refusals")
def test_no_provider_key_is_in_logs_rows_or_manifests(lab: RunningLab) -> None:
    logs = "".join(
        lab.kubectl("logs", f"deployment/{name}", "--all-containers") for name in ("litellm", "postgres", "open-webui")
    )
    rows = "".join(
        "\t".join(row)
        for table in ("LiteLLM_SpendLogs", "LiteLLM_ErrorLogs", "LiteLLM_VerificationToken")
        for row in lab.sql("litellm", f'select t::text from "{table}" t')  # noqa: S608 - our own words
    )
    manifests = "".join(file.read_text() for file in sorted(DIST.rglob("*.yaml")))
    for place, text in {"logs": logs, "rows": rows, "manifests": manifests}.items():
        assert (place, [value for value in SECRET.values() if value in text]) == (place, [])
    assert QUESTION in rows
