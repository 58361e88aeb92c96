"""Many chats at once through the ingress, as a program sends them; what each was told, and what is kept of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import httpx

from testnode.patience import until
from tests.cluster.gateway_chat import chat, stream, user
from tests.cluster.observed import Counted, Span, counted, spans
from tests.cluster.running import RunningLab

RECORD_SECONDS = 180  # rows are written every 10 to 15 s, numbers scraped every 15 s, on a machine that may be busy


@dataclass(frozen=True)
class Request:
    """One chat: whom to ask, and how the answer is to come."""

    model: str
    text: str
    streamed: bool


@dataclass(frozen=True)
class Answer:
    """What a client got.

    Attributes:
        model: the one that it asked.
        identity: the answer's id, by which row and trace are found.
        text: all words.
        tokens: of question and answer, as the gateway said.

    """

    model: str
    identity: str
    text: str
    tokens: int


def send(gateway: httpx.Client, requests: Iterable[Request], *, at_once: int, sender: str) -> Sequence[Answer]:
    """Send all requests, so many at a time; returns the answers in the requests' order.

    Args:
        gateway: a client that has a virtual key.
        requests: what to ask.
        at_once: how many wait for their answers at any moment.
        sender: OpenAI's `user`, which row and trace keep.

    Raises:
        AssertionError: one of the requests was refused.

    """
    with ThreadPoolExecutor(at_once) as threads:
        return tuple(threads.map(lambda request: _send(gateway, request, sender), requests))


def send_for(gateway: httpx.Client, request: Request, *, seconds: float, at_once: int, sender: str) -> Sequence[Answer]:
    """Send a request again and again for so long, so many at a time; returns the answers as `send` does.

    Raises:
        AssertionError: one of the requests was refused.

    """
    end = time.monotonic() + seconds

    def one_after_the_other(_: int) -> Sequence[Answer]:
        answers = []
        while time.monotonic() < end:
            answers.append(_send(gateway, request, sender))
        return answers

    with ThreadPoolExecutor(at_once) as threads:
        return tuple(chain.from_iterable(threads.map(one_after_the_other, range(at_once))))


def _send(gateway: httpx.Client, request: Request, sender: str) -> Answer:
    if request.streamed:
        found = stream(gateway, request.model, request.text, user=sender)
        return Answer(request.model, found.identity, "".join(found.pieces).strip(), found.usage["total_tokens"])
    answer = chat(gateway, request.model, user(request.text), user=sender)
    assert answer.status_code == httpx.codes.OK, answer.text
    body = answer.json()
    text = body["choices"][0]["message"]["content"].strip()
    return Answer(request.model, body["id"], text, body["usage"]["total_tokens"])


def recorded(lab: RunningLab, sender: str) -> Counter[tuple[str, str, int]]:
    """Count the gateway's rows of answers to a sender, each as id, model and tokens."""
    query = (
        'select request_id, model_group, total_tokens from "LiteLLM_SpendLogs" '  # noqa: S608 - our own words
        f"where end_user = '{sender}' and status = 'success'"
    )
    return Counter((identity, model, int(tokens)) for identity, model, tokens in lab.sql("litellm", query))


def traced(lab: RunningLab, sender: str) -> list[Span]:
    """Give Phoenix's spans of the models' work for a sender, one for each trace of it."""
    return spans(lab, attribute=f"session.id:{sender}", name="litellm_request")


def settled(prometheus: str, gateway: httpx.Client, model: str) -> Counted:
    """Count a model's answers when one that was sent just now is counted, so that none sent before can come later."""
    before = counted(prometheus, model)
    assert chat(gateway, model, user("Count me first.")).status_code == httpx.codes.OK
    until(lambda: counted(prometheus, model) != before, RECORD_SECONDS, f"{model} is scraped")
    return counted(prometheus, model)
