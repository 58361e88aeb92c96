"""Azure OpenAI, as the test internet answers for it."""

from __future__ import annotations

from typing import Final

import pytest

from testnode.internet.providers.azure import Azure
from tests.programs.provider_requests import ORDER, Json, content, post, sent_events

SITE: Final = Azure("the-key", ("gpt-6.1-sol",), ("2025-04-01-preview",))
HEADERS: Final = {"api-key": "the-key"}
VERSION: Final = "?api-version=2025-04-01-preview"
CHAT: Final = f"/openai/deployments/gpt-6.1-sol/chat/completions{VERSION}"
RESPONSES: Final = f"/openai/responses{VERSION}"
BODY: Final[Json] = {"messages": [{"role": "user", "content": "Who is there?"}]}


def code(path: str, headers: dict[str, str], body: Json = BODY) -> tuple[int, object]:
    answer = post(SITE, path, body, headers)
    error = content(answer)["error"]
    assert isinstance(error, dict)
    return answer.status, error["code"]


def test_the_path_decides_who_answers() -> None:
    found = content(post(SITE, CHAT, BODY | {"model": "another"}, HEADERS))
    assert (found["object"], found["model"]) == ("chat.completion", "gpt-6.1-sol")


def test_a_chat_is_streamed() -> None:
    assert sent_events(post(SITE, CHAT, BODY | {"model": "x", "stream": True}, HEADERS))[-1] == (None, "[DONE]")


def test_responses_name_the_deployment_in_the_body() -> None:
    tools = [{"type": "function", "name": "weather", "parameters": {}}]
    asked: Json = {"model": "gpt-6.1-sol", "input": ORDER, "tools": tools}
    output = content(post(SITE, RESPONSES, asked, HEADERS))["output"]
    assert isinstance(output, list)
    assert output[0]["name"] == "weather"
    assert code(RESPONSES, HEADERS, asked | {"model": "another"}) == (404, "DeploymentNotFound")


@pytest.mark.parametrize("headers", [{}, {"api-key": "another"}, {"authorization": "Bearer the-key"}], ids=str)
def test_no_key_and_a_wrong_one_are_refused_alike(headers: dict[str, str]) -> None:
    assert code(CHAT, headers) == (401, "401")


@pytest.mark.parametrize(
    "path",
    [
        CHAT.removesuffix(VERSION),
        CHAT.replace("2025-04-01-preview", "2020-01-01"),
        f"/v1/chat/completions{VERSION}",
    ],
)
def test_without_a_path_and_a_version_of_its_own_nothing_is_there(path: str) -> None:
    assert code(path, HEADERS) == (404, "404")


def test_a_deployment_that_is_not_there_is_told_by_its_name() -> None:
    assert code(CHAT.replace("gpt-6.1-sol", "another"), HEADERS) == (404, "DeploymentNotFound")


def test_the_rules_of_openais_models_hold_here_too() -> None:
    assert code(CHAT, HEADERS, BODY | {"model": "x", "max_tokens": 9}) == (400, "unsupported_parameter")
    assert code(CHAT, HEADERS, BODY | {"model": "x", "no_such_field": 9}) == (400, "unknown_parameter")
