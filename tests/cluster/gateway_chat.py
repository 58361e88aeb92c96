"""A program's chat with the gateway, plain and streamed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]
CHAT = "/v1/chat/completions"


@dataclass
class Streamed:
    """What a stream brought, put together; `identity` of its first event, `seconds` until the first word."""

    headers: Mapping[str, str]
    identity: str = ""
    thoughts: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    usage: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, event: Json, seconds: float) -> None:
        """Take in one event."""
        # Ollama gives each event an id of its own; the gateway's row has that of the first.
        self.identity = self.identity or event["id"]
        self.usage = event.get("usage") or self.usage
        for delta in (choice["delta"] for choice in event["choices"]):
            # The second is vLLM's own name, where it is asked itself.
            if thought := delta.get("reasoning_content") or delta.get("reasoning"):
                self.seconds = self.seconds or seconds
                self.thoughts.append(thought)
            if delta.get("content"):
                self.seconds = self.seconds or seconds
                self.pieces.append(delta["content"])
            for function in (call["function"] for call in delta.get("tool_calls") or ()):
                self.calls.append((function.get("name") or "", function.get("arguments") or ""))


def user(text: str) -> Json:
    return {"role": "user", "content": text}


def chat(gateway: httpx.Client, model: str, *messages: Json, **more: object) -> httpx.Response:
    """Ask for one whole answer."""
    body = {"model": model, "max_tokens": 48, "messages": messages, **more}
    return gateway.post(CHAT, json=body)


def stream(gateway: httpx.Client, model: str, text: str, *, path: str = CHAT, **more: object) -> Streamed:
    """Ask for an answer word by word."""
    body = {"model": model, "max_tokens": 48, "messages": [user(text)], "stream": True, **more}
    body["stream_options"] = {"include_usage": True}
    start = time.monotonic()
    with gateway.stream("POST", path, json=body) as answer:
        assert answer.status_code == httpx.codes.OK, answer.read()
        found = Streamed(answer.headers)
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                found.add(json.loads(line.removeprefix("data: ")), time.monotonic() - start)
    return found
