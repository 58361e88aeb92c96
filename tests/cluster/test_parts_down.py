"""A part that is away: what its users see, and what is lost of what was asked meanwhile (decision 0021)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import httpx
import pytest

from testnode.internet.providers.reply import answer_of
from testnode.patience import until
from tests.cluster.gateway_chat import chat, user
from tests.cluster.load import RECORD_SECONDS, Answer, Request, recorded, send, settled, traced
from tests.cluster.observed import Counted, counted, scaled_away
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

MODEL, WORDS = "claude-haiku", answer_of("claude-haiku-5-5")
REQUESTS: Final = tuple(Request(MODEL, f"Question {number}.", streamed=number % 2 == 0) for number in range(30))
READY_SECONDS = 420
# The chat's own errors are seen until it has failed three probes, 5 s apart, and the ingress has heard of it.
AWAY_SECONDS = 180
# The exporter sends a span again 1, 2, 4, 8, 16 s after it failed; 32 s later it gives it up and turns to the next.
LAST_TRY_SECONDS, GIVEN_UP_SECONDS = 31, 63
# gRPC waits longer from one connection to the next that fails, up to 120 s and a fifth: no try before that succeeds.
# (https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md; 63 s measured after 130 s without a server)
CONNECT_SECONDS = 144
TRACES_SECONDS = CONNECT_SECONDS + RECORD_SECONDS
THE_GATEWAY: Final = ("pod", "-l", "app.kubernetes.io/name=litellm,pod-template-hash", "--wait=false")
KILL_THE_ENGINE: Final = """
import os, pathlib, re, signal
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    of_engine = re.search(b"query.engine", (folder / "cmdline").read_bytes())
    if of_engine and int(folder.name) != os.getpid():
        os.kill(int(folder.name), signal.SIGKILL)
        print("killed", end="")
"""
UNKNOWN_KEY = "sk-nobody-has-this-key"


@dataclass(frozen=True)
class Sent:
    """Requests that were answered while a part was away, and for how many seconds it was away."""

    sender: str
    answers: Sequence[Answer]
    seconds: float

    @property
    def traces(self) -> int:
        """How many traces Phoenix is to have of them at least, when it has been away and is back."""
        return len(self.answers) - 1 - int((self.seconds + CONNECT_SECONDS) // GIVEN_UP_SECONDS)

    @property
    def rows(self) -> Counter[tuple[str, str, int]]:
        """What PostgreSQL is to keep of them."""
        return Counter((answer.identity, answer.model, answer.tokens) for answer in self.answers)


@pytest.fixture(scope="module")
def gateway(lab: RunningLab) -> Iterator[httpx.Client]:
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        yield browser


@pytest.fixture(scope="module")
def token(lab: RunningLab) -> str:
    return lab.token()


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> Iterator[str]:
    with opened(lab, "prometheus", 9090) as address:
        yield address


def in_the_chat(lab: RunningLab, token: str, **more: object) -> httpx.Response:
    """Ask as the chat's page does."""
    body = {"model": MODEL, "messages": [user("Who is there?")], "stream": False, **more}
    with lab.browser("openwebui", token) as browser:
        return browser.post("/api/chat/completions", json=body)


def words(answer: httpx.Response) -> str:
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def send_all(gateway: httpx.Client) -> tuple[str, Sequence[Answer]]:
    sender = f"away-{uuid4().hex}"
    return sender, send(gateway, REQUESTS, at_once=10, sender=sender)


@pytest.fixture(scope="module")
def without_phoenix(lab: RunningLab, gateway: httpx.Client, token: str) -> Sent:
    start = time.monotonic()
    with scaled_away(lab, "phoenix"):
        sender, answers = send_all(gateway)
        assert words(in_the_chat(lab, token)) == WORDS
        time.sleep(LAST_TRY_SECONDS)  # a shorter absence would lose nothing
    return Sent(sender, answers, time.monotonic() - start)


def test_without_phoenix_everything_is_answered_and_has_its_row(lab: RunningLab, without_phoenix: Sent) -> None:
    assert [answer.text for answer in without_phoenix.answers] == [WORDS] * len(REQUESTS)
    until(lambda: recorded(lab, without_phoenix.sender) == without_phoenix.rows, RECORD_SECONDS, "the rows are written")


def test_for_each_minute_without_phoenix_one_trace_is_lost_at_most(lab: RunningLab, without_phoenix: Sent) -> None:
    sent = without_phoenix
    until(lambda: len(traced(lab, sent.sender)) >= sent.traces, TRACES_SECONDS, f"{sent.traces} traces have arrived")


@pytest.fixture(scope="module")
def before_prometheus_went(prometheus: str, gateway: httpx.Client) -> Counted:
    return settled(prometheus, gateway, MODEL)


@pytest.fixture(scope="module")
def without_prometheus(
    lab: RunningLab, gateway: httpx.Client, token: str, before_prometheus_went: Counted
) -> Sequence[Answer]:
    assert before_prometheus_went.requests > 0
    with scaled_away(lab, "prometheus"):
        _, answers = send_all(gateway)
        assert words(in_the_chat(lab, token)) == WORDS
    return answers


def test_the_counters_include_what_was_asked_without_prometheus(
    prometheus: str, before_prometheus_went: Counted, without_prometheus: Sequence[Answer]
) -> None:
    requests = before_prometheus_went.requests + len(without_prometheus) + 1  # one in the chat
    until(lambda: counted(prometheus, MODEL).requests == requests, RECORD_SECONDS, f"{requests} requests are counted")


def test_without_searxng_a_chat_that_searches_is_answered_all_the_same(lab: RunningLab, token: str) -> None:
    with scaled_away(lab, "searxng"):
        assert words(in_the_chat(lab, token, features={"web_search": True})) == WORDS


@dataclass(frozen=True)
class WithoutPostgres:
    """What happened while PostgreSQL was away."""

    sent: Sent
    unknown_key: httpx.Response
    chat: httpx.Response


@pytest.fixture(scope="module")
def without_postgres(lab: RunningLab, gateway: httpx.Client, token: str) -> WithoutPostgres:
    assert words(chat(gateway, MODEL, user("Who is there?"))) == WORDS  # the gateway knows the key now
    start = time.monotonic()
    with scaled_away(lab, "postgres"):
        sender, answers = send_all(gateway)
        with lab.browser("litellm", UNKNOWN_KEY) as browser:
            refusal = chat(browser, MODEL, user("Who is there?"), user=sender)
        until(lambda: in_the_chat(lab, token).status_code == httpx.codes.BAD_GATEWAY, AWAY_SECONDS, "the chat is away")
        page = in_the_chat(lab, token)
    return WithoutPostgres(Sent(sender, answers, time.monotonic() - start), refusal, page)


def test_without_postgresql_a_key_that_was_used_before_is_answered(without_postgres: WithoutPostgres) -> None:
    assert [answer.text for answer in without_postgres.sent.answers] == [WORDS] * len(REQUESTS)


def test_without_postgresql_a_key_that_nobody_made_is_refused_with_the_reason(
    without_postgres: WithoutPostgres,
) -> None:
    answer = without_postgres.unknown_key
    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "no_db_connection")


def test_without_postgresql_the_chat_is_away_too(without_postgres: WithoutPostgres) -> None:
    assert without_postgres.chat.status_code == httpx.codes.BAD_GATEWAY


def test_with_postgresql_back_every_row_is_there_and_none_of_the_refused(
    lab: RunningLab, without_postgres: WithoutPostgres
) -> None:
    sent = without_postgres.sent
    until(lambda: recorded(lab, sent.sender).total() >= sent.rows.total(), RECORD_SECONDS, "the rows are written")
    assert recorded(lab, sent.sender) == sent.rows


def test_with_postgresql_back_traces_are_there_as_after_an_absence_of_phoenix(
    lab: RunningLab, without_postgres: WithoutPostgres
) -> None:
    sent = without_postgres.sent
    # It is not ready without its database.
    lab.kubectl("rollout", "status", "deployment/phoenix", timeout=READY_SECONDS)
    until(lambda: len(traced(lab, sent.sender)) >= sent.traces, TRACES_SECONDS, f"{sent.traces} traces have arrived")


@pytest.mark.usefixtures("without_postgres")
def test_with_postgresql_back_the_chat_is_back(lab: RunningLab, token: str) -> None:
    lab.kubectl("rollout", "status", "deployment/open-webui", timeout=READY_SECONDS)
    until(
        lambda: in_the_chat(lab, token).status_code == httpx.codes.OK,
        AWAY_SECONDS,
        "the ingress knows that the chat is back",
    )


def test_a_query_engine_that_dies_is_replaced(lab: RunningLab, gateway: httpx.Client) -> None:
    assert words(chat(gateway, MODEL, user("Who is there?"))) == WORDS  # the gateway knows the key now
    killed = lab.kubectl("exec", "deployment/litellm", "-c", "litellm", "--", "python3", "-c", KILL_THE_ENGINE)
    assert killed == "killed"
    sender, answers = send_all(gateway)
    rows = Sent(sender, answers, 0).rows
    until(lambda: recorded(lab, sender) == rows, RECORD_SECONDS, "the rows are written")


def test_a_restart_of_the_gateway_loses_no_row_and_no_trace(lab: RunningLab, gateway: httpx.Client) -> None:
    sender, answers = send_all(gateway)
    lab.kubectl("delete", *THE_GATEWAY)
    lab.kubectl("rollout", "status", "deployment/litellm", timeout=READY_SECONDS)
    rows = Sent(sender, answers, 0).rows
    until(lambda: recorded(lab, sender) == rows, RECORD_SECONDS, "the rows are written")
    until(lambda: len(traced(lab, sender)) == len(answers), RECORD_SECONDS, "the traces have arrived")


def test_a_gateway_that_is_to_end_waits_for_a_postgresql_that_is_coming_back(
    lab: RunningLab, gateway: httpx.Client
) -> None:
    assert words(chat(gateway, MODEL, user("Who is there?"))) == WORDS  # the gateway knows the key now
    with scaled_away(lab, "postgres"):
        sender, answers = send_all(gateway)
        lab.kubectl("scale", "deployment/postgres", "--replicas=1")
        lab.kubectl("delete", *THE_GATEWAY)
    lab.kubectl("rollout", "status", "deployment/litellm", timeout=READY_SECONDS)
    rows = Sent(sender, answers, 0).rows
    until(lambda: recorded(lab, sender) == rows, RECORD_SECONDS, "the rows are written")
