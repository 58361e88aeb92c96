"""Fifty streams at any moment, for two minutes, through the whole path: nothing restarts, nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import pytest

from testnode.patience import until
from tests.cluster.load import RECORD_SECONDS, Answer, Request, recorded, send_for
from tests.cluster.running import VERDICT, RunningLab

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

AT_ONCE: Final = 50
SECONDS: Final = 120
# vLLM's stand-in: it takes 32 at once, as the lab tells it, so that some wait for a place too.
REQUEST: Final = Request("deepseek-r1-vllm", "Why are there tides?", streamed=True)
ON_THE_PATH: Final = ("ingress", "litellm", "deepseek-r1-vllm", "postgres", "phoenix", "prometheus")
# The kernel counts each time that a container was refused memory at its limit. The machines of these tests have
# cgroups of version 1; there is no such count on others.
REFUSED: Final = "/sys/fs/cgroup/memory/memory.failcnt"


@dataclass(frozen=True)
class Load:
    """The answers, and what the pods had to go through before and after them."""

    sender: str
    answers: Sequence[Answer]
    restarts: tuple[Mapping[str, int], Mapping[str, int]]
    refusals: tuple[Mapping[str, int], Mapping[str, int]]


def restarts(lab: RunningLab) -> Mapping[str, int]:
    """Count the restarts of each container of the pods on the path."""
    pods = json.loads(
        lab.kubectl("get", "pods", "-l", f"app.kubernetes.io/name in ({','.join(ON_THE_PATH)})", "-o", "json")
    )
    return {
        f"{pod['metadata']['name']}/{container['name']}": container["restartCount"]
        for pod in pods["items"]
        for container in pod["status"].get("containerStatuses", ())
    }


def refusals(lab: RunningLab) -> Mapping[str, int]:
    """Count how often each program on the path was refused memory."""
    return {name: int(lab.kubectl("exec", f"deployment/{name}", "--", "cat", REFUSED)) for name in ON_THE_PATH}


@pytest.fixture(scope="module")
def load(lab: RunningLab) -> Load:
    sender = f"load-{uuid4().hex}"
    before = restarts(lab), refusals(lab)
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as gateway:
        answers = send_for(gateway, REQUEST, seconds=SECONDS, at_once=AT_ONCE, sender=sender)
    return Load(sender, answers, (before[0], restarts(lab)), (before[1], refusals(lab)))


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


def test_no_program_on_the_path_reaches_its_limit_of_memory(load: Load) -> None:
    before, after = load.refusals
    assert after == before
