"""The main job: a chat from the browser's request to the model and back, and the trail that it leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from testnode.internet.tiny_model import WIDTH
from tests.cluster.running import ANSWER, PROVIDER_KEYS, RunningLab

pytestmark = pytest.mark.proves(3)

LOCAL_CHAT = ["llama3.1", "deepseek-r1", "deepseek-r1-vllm"]
ANTHROPIC = ["claude-sonnet", "claude-haiku"]


@dataclass(frozen=True)
class Answer:
    """A streamed answer: its pieces, when each came, and the usage that ended it."""

    pieces: list[str]
    times: list[float]
    prompt_tokens: int
    completion_tokens: int
    identity: str


def _events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in answer.iter_lines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line.removeprefix("data: "))


def stream(lab: RunningLab, service: str, path: str, token: str, prompt: str) -> Answer:
    """Send one chat and read the answer as it comes."""
    body = {
        "model": "llama3.1",
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 48,
    }
    pieces: list[str] = []
    times: list[float] = []
    usage: dict[str, int] = {}
    identity = ""
    with lab.browser(service, token) as browser, browser.stream("POST", path, json=body) as answer:
        assert answer.status_code == httpx.codes.OK, answer.read()
        for event in _events(answer):
            # Pieces of Ollama's answers have an id each; the gateway's row has that of the first.
            identity = identity or str(event.get("id") or "")
            usage = event.get("usage") or usage
            for choice in event.get("choices") or []:
                if piece := choice["delta"].get("content"):
                    pieces.append(piece)
                    times.append(time.monotonic())
    return Answer(pieces, times, usage["prompt_tokens"], usage["completion_tokens"], identity)


@pytest.fixture(scope="module")
def token(lab: RunningLab) -> str:
    return lab.token()


@pytest.fixture(scope="module")
def chat(lab: RunningLab, token: str) -> Answer:
    return stream(lab, "openwebui", "/api/chat/completions", token, "Say something about the sea, please.")


@pytest.mark.proves(
    3,
    "ingress",
    "open-webui",
    "litellm",
    "ollama",
    "ollama-pull",
    "node -> ingress:8080",
    "ingress -> api-server:6443",
    "ingress -> open-webui:8080",
    "open-webui -> litellm:4000",
    "litellm -> ollama:11434",
    "ollama-pull -> internet:443",
)
def test_a_chat_through_the_ingress_streams_token_by_token(chat: Answer) -> None:
    assert "".join(chat.pieces).strip() == ANSWER
    assert len(chat.pieces) == len(ANSWER.split())
    # Each piece came in a read of its own; a proxy that buffers delivers all of them at one moment.
    assert len(set(chat.times)) == len(chat.times)


@pytest.mark.proves(3, "postgres", "litellm -> postgres:5432")
def test_the_chats_row_in_postgresql_has_its_tokens_and_its_model(lab: RunningLab, chat: Answer) -> None:
    columns = "prompt_tokens, completion_tokens, model_group, custom_llm_provider, status"
    tokens = [str(chat.prompt_tokens), str(chat.completion_tokens)]
    assert lab.row(columns, chat.identity) == [*tokens, "llama3.1", "ollama_chat", "success"]


def test_the_row_keeps_what_was_asked(lab: RunningLab, chat: Answer) -> None:
    assert "Say something about the sea, please." in lab.row("proxy_server_request", chat.identity)[0]


def test_the_chat_offers_local_models_and_those_whose_provider_key_is_given(lab: RunningLab, token: str) -> None:
    with lab.browser("openwebui", token) as browser:
        offered = [model["id"] for model in browser.get("/api/models").json()["data"]]
    assert sorted(offered) == sorted(LOCAL_CHAT + ANTHROPIC)


def test_a_wrong_password_does_not_open_the_chat(lab: RunningLab) -> None:
    login = {"email": lab.spec.chat.admin_email, "password": "wrong"}
    with lab.browser("openwebui") as browser:
        assert browser.post("/api/v1/auths/signin", json=login).status_code == httpx.codes.BAD_REQUEST


def test_nobody_can_sign_up(lab: RunningLab) -> None:
    person = {"name": "Eve", "email": "eve@example.org", "password": "a-long-password"}
    with lab.browser("openwebui") as browser:
        assert browser.post("/api/v1/auths/signup", json=person).status_code == httpx.codes.FORBIDDEN


@pytest.mark.proves(3, "virtual-keys", "ingress -> litellm:4000", "virtual-keys -> litellm:4000")
def test_a_program_chats_through_the_gateways_host_with_its_virtual_key(lab: RunningLab) -> None:
    key = lab.secret("gateway-keys/chat")
    answer = stream(lab, "litellm", "/v1/chat/completions", key, "Count to three.")
    assert answer.completion_tokens > 0


def test_the_gateway_refuses_a_key_it_does_not_know(lab: RunningLab) -> None:
    with lab.browser("litellm", "sk-unknown") as browser:
        assert browser.get("/v1/models").status_code == httpx.codes.UNAUTHORIZED


def test_the_embedding_key_embeds_and_cannot_chat(lab: RunningLab) -> None:
    with lab.browser("litellm", lab.secret("gateway-keys/embedding")) as browser:
        models = [model["id"] for model in browser.get("/v1/models").json()["data"]]
        vector = browser.post("/v1/embeddings", json={"model": "nomic-embed-text", "input": "sea"})
        chat = {"model": "llama3.1", "messages": [{"role": "user", "content": "hello"}]}
        refusal = browser.post("/v1/chat/completions", json=chat)
    assert models == ["nomic-embed-text"]
    assert len(vector.json()["data"][0]["embedding"]) == WIDTH
    assert refusal.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


def test_a_provider_key_is_nowhere_in_the_programs_logs(lab: RunningLab) -> None:
    logs = "".join(
        lab.kubectl("logs", f"deployment/{name}", "--all-containers") for name in ("litellm", "postgres", "open-webui")
    )
    values = [*PROVIDER_KEYS.values(), lab.secret("litellm/master-key"), lab.secret("litellm-database/password")]
    assert [value for value in values if value in logs] == []
    assert len(logs) > 1000
