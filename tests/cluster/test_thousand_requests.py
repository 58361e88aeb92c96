"""A thousand chats, fifty at a time: each has its answer, its row, its trace and its share of the counters.

One in ten asks the local model: its engine shares this machine's processors with everything else. The others ask a paid
one, whose stand-in answers at once, so that the gateway is what is under load. Half of the answers are streamed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import httpx
import pytest

from testnode.internet.providers.reply import answer_of
from testnode.patience import until
from tests.cluster.gateway_chat import chat, user
from tests.cluster.load import RECORD_SECONDS, Answer, Request, recorded, send, settled, traced
from tests.cluster.observed import Counted, counted, total
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

AT_ONCE: Final = 50
LOCAL, PAID = "llama3.1", "claude-haiku"
REQUESTS: Final = tuple(
    Request(
        model=PAID if number % 10 else LOCAL, text=f"Question {number} of a thousand.", streamed=number // 2 % 2 == 0
    )
    for number in range(1000)
)
REFUSED: Final = 'sum(litellm_proxy_total_requests_metric_total{status_code!="200"})'


@dataclass(frozen=True)
class Load:
    """The answers and their sender's name, and what Prometheus knew of the models before."""

    sender: str
    answers: Sequence[Answer]
    before: Mapping[str, Counted]
    refused_before: float


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> Iterator[str]:
    with opened(lab, "prometheus", 9090) as address:
        yield address


@pytest.fixture(scope="module")
def gateway(lab: RunningLab) -> Iterator[httpx.Client]:
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        yield browser


@pytest.fixture(scope="module")
def load(prometheus: str, gateway: httpx.Client) -> Load:
    """Send all requests, once nothing that was sent before can be counted any more."""
    before = {model: settled(prometheus, gateway, model) for model in (LOCAL, PAID)}
    refused = total(prometheus, REFUSED)
    sender = f"load-{uuid4().hex}"
    return Load(sender, send(gateway, REQUESTS, at_once=AT_ONCE, sender=sender), before, refused)


def test_every_request_gets_the_words_of_the_model_that_it_asked(load: Load) -> None:
    words = {LOCAL: ANSWER, PAID: answer_of("claude-haiku-5-5")}
    assert [(answer.model, answer.text) for answer in load.answers] == [
        (request.model, words[request.model]) for request in REQUESTS
    ]


def test_no_two_answers_have_the_same_id(load: Load) -> None:
    assert len({answer.identity for answer in load.answers}) == len(REQUESTS)


def test_every_answer_has_one_row_with_its_model_and_its_tokens(lab: RunningLab, load: Load) -> None:
    expected = Counter((answer.identity, answer.model, answer.tokens) for answer in load.answers)
    until(lambda: recorded(lab, load.sender).total() >= expected.total(), RECORD_SECONDS, "the rows are written")
    assert recorded(lab, load.sender) == expected


def test_every_answer_has_one_trace_with_its_tokens(lab: RunningLab, load: Load) -> None:
    expected = Counter((answer.identity, answer.tokens) for answer in load.answers)
    until(lambda: len(traced(lab, load.sender)) >= expected.total(), RECORD_SECONDS, "the traces have arrived")
    spans = traced(lab, load.sender)
    said = (span.attributes for span in spans)
    assert Counter((each["llm.response.id"], each["llm.token_count.total"]) for each in said) == expected
    assert len({span.trace for span in spans}) == expected.total()


def test_the_counters_rose_by_every_request_and_its_tokens_and_by_no_refusal(prometheus: str, load: Load) -> None:
    expected = {model: _with(load.answers, model, before) for model, before in load.before.items()}
    until(
        lambda: {model: counted(prometheus, model) for model in expected} == expected,
        RECORD_SECONDS,
        f"counters at {expected}",
    )
    assert total(prometheus, REFUSED) == load.refused_before


def _with(answers: Sequence[Answer], model: str, before: Counted) -> Counted:
    tokens = [answer.tokens for answer in answers if answer.model == model]
    return Counted(requests=before.requests + len(tokens), tokens=before.tokens + sum(tokens))


def test_a_refused_request_is_counted_as_refused_and_has_no_row_of_an_answer(
    lab: RunningLab, prometheus: str, gateway: httpx.Client, load: Load
) -> None:
    answered = {model: counted(prometheus, model) for model in load.before}
    refusal = chat(gateway, "no-such-model", user("Who is there?"), user=f"{load.sender}-refused")
    assert refusal.is_client_error
    until(lambda: total(prometheus, REFUSED) > load.refused_before, RECORD_SECONDS, "the refusal is counted")
    assert {model: counted(prometheus, model) for model in load.before} == answered
    assert recorded(lab, f"{load.sender}-refused") == Counter()
