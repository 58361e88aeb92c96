"""vLLM's stand-in without a pod: its API, and what a client reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from testnode.internet.exchange import Request
from testnode.programs.vllm_server.api import Api
from testnode.programs.vllm_server.engine import Engine
from testnode.programs.vllm_server.metrics import Metrics
from testnode.programs.vllm_server.model import Model, tokens_of
from testnode.programs.vllm_server.options import Options, read

Json = dict[str, Any]

REVISION: Final = "6e8885a6ff5c1dc5201574c8fd700323f23c25fa"
THOUGHT: Final = "What do they ask? About tides."
ANSWER: Final = "The moon pulls at every sea."
NAME: Final = "deepseek-r1-vllm"
WEATHER: Final[Json] = {"type": "function", "function": {"name": "weather", "parameters": {}}}


def options(*flags: str) -> Options:
    """Read a command line of the lab with these flags more."""
    return read(("serve", "deepseek-ai/R1", f"--revision={REVISION}", f"--served-model-name={NAME}", *flags))


def api(*flags: str, parser: bool = True, pace: float = 0) -> Api:
    """Serve a model of known words and 64 tokens of context; `pace` is in seconds a token."""
    chosen = options(*(["--reasoning-parser=deepseek_r1"] if parser else []), *flags)
    metrics = Metrics(chosen.served_name)
    model = Model(tokens_of(THOUGHT), tokens_of(ANSWER), context=64)
    return Api(chosen, model, Engine(metrics, chosen.max_num_seqs, pace), metrics)


def body(text: str = "Why tides?", **more: object) -> Json:
    """Write a chat of one message."""
    return {"model": NAME, "messages": [{"role": "user", "content": text}], **more}


def ask(server: Api, content: Mapping[str, object]) -> tuple[int, Json]:
    """Ask for a whole answer."""
    answer = server(Request("POST", "vllm", "/v1/chat/completions", body=json.dumps(content).encode()))
    return answer.status, json.loads(answer.body)


def streamed(server: Api, content: Mapping[str, object]) -> list[Json]:
    """Ask for a stream; returns the data of its events, without the `[DONE]` that must end it."""
    request = json.dumps({**content, "stream": True}).encode()
    answer = server(Request("POST", "vllm", "/v1/chat/completions", body=request))
    assert answer.stream is not None, answer.body
    events = [piece.decode().removeprefix("data: ").removesuffix("\n\n") for piece in answer.stream]
    assert events.pop() == "[DONE]"
    return [json.loads(event) for event in events]


def series(server: Api) -> dict[str, float]:
    """Read the metrics, each by its name and the labels that are not the same for all."""
    text = server(Request("GET", "vllm", "/metrics")).body.decode()
    same = f'engine="0",model_name="{NAME}"'
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name.replace(same, "").replace("{,", "{").removesuffix("{}"): float(value) for name, _, value in lines}
