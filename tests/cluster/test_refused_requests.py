"""What a program is told that asks wrongly: the status and the words, through the ingress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from tests.cluster.gateway_chat import CHAT, chat, user
from tests.cluster.running import VERDICT, RunningLab

pytestmark = pytest.mark.proves(3)

MODEL: Final = "deepseek-r1-vllm"
WORDS: Final = 1024 * 1024
LONG: Final = "tide " * WORDS  # 5 MiB, within the 32 MiB that the ingress lets through


@dataclass(frozen=True)
class Refusal:
    """What the gateway answers to a request that it does not take, in OpenAI's form."""

    status: int
    type: str
    message: str

    @classmethod
    def of(cls, answer: httpx.Response) -> Refusal:
        """Read it."""
        error = answer.json()["error"]
        return cls(answer.status_code, error["type"], error["message"])


@pytest.fixture(scope="module")
def gateway(lab: RunningLab) -> Iterator[httpx.Client]:
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        yield browser


@pytest.fixture(scope="module", autouse=True)
def _answers_afterwards(gateway: httpx.Client) -> Iterator[None]:
    """Ask rightly after all that was wrong."""
    yield
    answer = chat(gateway, MODEL, user("Why are there tides?"))
    assert answer.json()["choices"][0]["message"]["content"].strip() == VERDICT


def test_a_prompt_longer_than_the_model_takes_is_refused_with_both_lengths(gateway: httpx.Client) -> None:
    refusal = Refusal.of(chat(gateway, MODEL, user(LONG), max_tokens=8))
    assert (refusal.status, refusal.type) == (400, "invalid_request_error")
    assert "maximum context length is 32768 tokens" in refusal.message
    assert f"your prompt contains {WORDS} input tokens" in refusal.message


def test_more_than_the_ingress_lets_through_is_refused_before_the_gateway(gateway: httpx.Client) -> None:
    answer = gateway.post(CHAT, content=b" " * (32 * 1024 * 1024 + 1))
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_what_is_no_json_is_refused_with_the_place_of_the_fault(gateway: httpx.Client) -> None:
    answer = gateway.post(CHAT, content=b'{"model": "', headers={"Content-Type": "application/json"})
    assert Refusal.of(answer) == Refusal(
        400, "invalid_request_error", "Invalid JSON payload: unexpected end of data: line 1 column 12 (char 11)"
    )


def test_a_request_without_messages_is_refused_by_name(gateway: httpx.Client) -> None:
    assert Refusal.of(gateway.post(CHAT, json={"model": MODEL})) == Refusal(
        400, "invalid_request_error", "/chat/completions: Missing required parameter: 'messages'."
    )


def test_a_model_that_is_not_there_is_refused_by_name(gateway: httpx.Client) -> None:
    assert Refusal.of(chat(gateway, "no-such-model", user("Who is there?"))) == Refusal(
        403,
        "key_model_access_denied",
        "The requested model 'no-such-model' is not available for this API key, or the model name is invalid. "
        "Check the models available to you and try again.",
    )


@pytest.mark.parametrize(
    ("key", "kind", "reason"),
    [
        ("sk-unknown", "token_not_found_in_db", "Invalid proxy server token passed. Received API Key = sk-..., "),
        (None, "auth_error", "No api key passed in."),
    ],
    ids=["unknown", "none"],
)
def test_who_has_no_key_of_the_lab_is_refused(lab: RunningLab, key: str | None, kind: str, reason: str) -> None:
    with lab.browser("litellm", key) as stranger:
        refusal = Refusal.of(chat(stranger, MODEL, user("Who is there?")))
    assert (refusal.status, refusal.type) == (401, kind)
    assert refusal.message.startswith(f"Authentication Error, {reason}")
    assert "sk-unknown" not in refusal.message
