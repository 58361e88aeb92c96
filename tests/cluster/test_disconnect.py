"""A program that leaves before its answer is there: the engine stops working for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

import httpx
import pytest

from testnode.patience import until
from tests.cluster.gateway_chat import CHAT, user
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened

pytestmark = pytest.mark.proves(3)

MODEL = "deepseek-r1-vllm"
# 80 s of vLLM's stand-in, which would end as `length` and not as `abort`.
ENDLESS = {"ignore_eos": True, "max_tokens": 4000}
SECONDS = 60


@dataclass(frozen=True)
class Engine:
    """What vLLM works at, and how many requests it gave up so far, as it says itself."""

    running: float
    aborted: float

    @classmethod
    def at(cls, address: str) -> Engine:
        """Ask it."""
        lines = httpx.get(f"http://{address}/metrics", timeout=30).text.splitlines()
        [running] = (line for line in lines if line.startswith("vllm:num_requests_running{"))
        [aborted] = (line for line in lines if 'finished_reason="abort"' in line)
        return cls(*(float(line.rpartition(" ")[2]) for line in (running, aborted)))


@contextmanager
def asked(lab: RunningLab, *, stream: bool) -> Iterator[HTTPConnection]:
    """Ask through the ingress for an answer that does not end; leaves at the end of the block, without having read."""
    body = {"model": MODEL, "messages": [user("Go on and on.")], "stream": stream, **ENDLESS}
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        request = browser.build_request("POST", CHAT, json=body)
    connection = HTTPConnection(request.url.host, request.url.port, timeout=SECONDS)
    try:
        connection.request("POST", CHAT, request.read(), dict(request.headers))
        yield connection
    finally:
        connection.close()


@pytest.fixture(scope="module")
def engine(lab: RunningLab) -> Iterator[str]:
    with opened(lab, MODEL, 8000) as address:
        yield address


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_who_leaves_frees_the_place_in_the_engine(lab: RunningLab, engine: str, *, stream: bool) -> None:
    before = Engine.at(engine)
    with asked(lab, stream=stream) as connection:
        at_work = Engine(before.running + 1, before.aborted)
        until(lambda: Engine.at(engine) == at_work, SECONDS, "the engine works at it")
        if stream:
            assert connection.getresponse().readline().startswith(b"data: {")
        assert Engine.at(engine) == at_work
    left = Engine(before.running, before.aborted + 1)
    until(lambda: Engine.at(engine) == left, SECONDS, "the engine has given it up")
