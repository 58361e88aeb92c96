"""A client that leaves: the engine stops working for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from testnode.patience import until
from tests.cluster.gateway_chat import CHAT, user
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened

pytestmark = pytest.mark.proves(3)

MODEL = "deepseek-r1-vllm"
# Some 20 s of vLLM's stand-in, which would otherwise end before anybody has left.
ENDLESS = {"ignore_eos": True, "max_tokens": 4000, "stream": True}
NOTICED_SECONDS = 10


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


@pytest.fixture(scope="module")
def engine(lab: RunningLab) -> Iterator[str]:
    with opened(lab, MODEL, 8000) as address:
        yield address


def test_a_client_that_leaves_frees_its_place_in_the_engine(lab: RunningLab, engine: str) -> None:
    before = Engine.at(engine)
    body = {"model": MODEL, "messages": [user("Go on and on.")], **ENDLESS}
    browser = lab.browser("litellm", lab.secret("gateway-keys/chat"))
    with browser as gateway, gateway.stream("POST", CHAT, json=body) as answer:
        assert answer.status_code == httpx.codes.OK, answer.read()
        assert next(answer.iter_lines()).startswith("data: {")
        assert Engine.at(engine) == Engine(before.running + 1, before.aborted)
    left = Engine(before.running, before.aborted + 1)
    until(lambda: Engine.at(engine) == left, NOTICED_SECONDS, "the engine has given the request up")
