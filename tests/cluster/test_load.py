"""Fifty streams at any moment, for two minutes, through the whole path: nothing restarts, nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import uuid4

import pytest

from testnode.patience import until
from tests.cluster.load import RECORD_SECONDS, Answer, Request, recorded, send_for
from tests.cluster.memory import Memory, memory, watched
from tests.cluster.running import VERDICT, RunningLab

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

AT_ONCE: Final = 50
SECONDS: Final = 120
# vLLM's stand-in: it takes 32 at once, as the lab tells it, so that some wait for a place too.
REQUEST: Final = Request("deepseek-r1-vllm", "Why are there tides?", streamed=True)
ON_THE_PATH: Final = ("ingress", "litellm", "deepseek-r1-vllm", "postgres", "phoenix", "prometheus")
MOST: Final = 0.9
"""The part of its limit that a program may use, so that there is some left for a worse day."""


@dataclass(frozen=True)
class Load:
    """The answers, and what the pods had to go through for them."""

    sender: str
    answers: Sequence[Answer]
    restarts: tuple[Mapping[str, int], Mapping[str, int]]
    peak: Mapping[str, Memory]


def restarts(lab: RunningLab) -> Mapping[str, int]:
    """Count the restarts of each container of the pods on the path."""
    names = f"app.kubernetes.io/name in ({','.join(ON_THE_PATH)})"
    pods = json.loads(lab.kubectl("get", "pods", "-l", names, "-o", "json"))["items"]
    return {
        f"{pod['metadata']['name']}/{container['name']}": container["restartCount"]
        for pod in pods
        for container in pod["status"].get("containerStatuses", ())
    }


@pytest.fixture(scope="module")
def load(lab: RunningLab) -> Load:
    sender = f"load-{uuid4().hex}"
    before = restarts(lab)
    browser = lab.browser("litellm", lab.secret("gateway-keys/chat"))
    with browser as gateway, watched(partial(memory, lab)) as peak:
        answers = send_for(gateway, REQUEST, seconds=SECONDS, at_once=AT_ONCE, sender=sender)
    return Load(sender, answers, (before, restarts(lab)), peak.containers)


def test_every_stream_brings_the_whole_answer(load: Load) -> None:
    assert len(load.answers) >= AT_ONCE
    assert {answer.text for answer in load.answers} == {VERDICT}


def test_every_answer_has_its_row(lab: RunningLab, load: Load) -> None:
    rows = Counter((answer.identity, answer.model, answer.tokens) for answer in load.answers)
    until(lambda: recorded(lab, load.sender).total() >= rows.total(), RECORD_SECONDS, "the rows are written")
    assert recorded(lab, load.sender) == rows


def test_no_program_on_the_path_is_restarted(load: Load) -> None:
    before, after = load.restarts
    assert after == before


def test_no_program_on_the_path_comes_near_its_limit_of_memory(load: Load) -> None:
    near = {name: found for name, found in load.peak.items() if found.used > MOST * found.limit}
    assert set(load.restarts[0]) <= set(load.peak)
    assert near == {}
