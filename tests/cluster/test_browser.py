"""A request, from the words that a person types into a browser to what the lab remembers of it: by one id.

The page makes the id of the answer; the gateway's row and the trace have it, and the counters grow by what the row says
(docs/decisions/0020-one-id-from-the-chat-to-the-trace.md). First the words, then the trace, then the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from testnode.patience import until
from tests.cluster.chat_page import ChatPage, Shown, Traffic
from tests.cluster.chromium import chromium
from tests.cluster.load import settled
from tests.cluster.observed import Counted, Span, counted, spans
from tests.cluster.phoenix_page import PATIENCE_MS, PhoenixPage, reader
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened
from tests.cluster.tailscale_serve import served

pytestmark = pytest.mark.proves(3)

MODEL = "deepseek-r1"  # not the first of the list, which is chosen without a click
QUESTION = "What can be seen from the pier of Elmwater?"
TRACE_SECONDS = 180
ROW_SECONDS = 180
SCRAPE_SECONDS = 180


@dataclass(frozen=True)
class Exchange:
    """One question and its answer: what the page showed and did, and where the counters stood before."""

    shown: Shown
    traffic: Traffic
    before: Counted
    since: str


@pytest.fixture(scope="module")
def browser(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give a browser on the lab's tailnet."""
    domain, address = f"{lab.spec.tailnet}.ts.net", lab.node.layout.address
    with (
        served(lab, tmp_path_factory.mktemp("tailscale")) as authority,
        chromium(domain, address, authority, tmp_path_factory.mktemp("person")) as browser,
    ):
        yield browser


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> Iterator[str]:
    with opened(lab, "prometheus", 9090) as address:
        yield address


@contextmanager
def tab(browser: Browser, folder: Path) -> Iterator[Page]:
    """Open a tab for the length of a `with` block; what fails there is told with a picture of the page."""
    with browser.new_context() as person:
        page = person.new_page()
        try:
            yield page
        except Exception as error:
            page.screenshot(path=folder / "page.png")
            error.add_note(f"the page when it failed: {folder / 'page.png'}")
            raise


@pytest.fixture(scope="module")
def exchange(lab: RunningLab, browser: Browser, prometheus: str, tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    password = lab.secret("open-webui/admin-password")
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as gateway:
        before = settled(prometheus, gateway, MODEL)
    since = lab.sql("litellm", "select now() at time zone 'utc'")[0][0]
    with tab(browser, tmp_path_factory.mktemp("chat")) as page:
        traffic = Traffic.of(page)
        chat = ChatPage.opened(page, lab.spec.hosts("openwebui")[0])
        chat.log_in(lab.spec.chat.admin_email, password)
        chat.choose(MODEL)
        return Exchange(chat.ask(QUESTION), traffic, before, since)


@pytest.fixture(scope="module")
def trace(lab: RunningLab, exchange: Exchange) -> Span:
    wanted = {"attribute": f"litellm.trace_id:{exchange.shown.identity}", "name": "litellm_request"}
    until(lambda: spans(lab, **wanted) != [], TRACE_SECONDS, "the trace has arrived")
    (span,) = spans(lab, **wanted)
    return span


@pytest.fixture(scope="module")
def row(lab: RunningLab, exchange: Exchange) -> list[str]:
    columns = "model_group, status, prompt_tokens, completion_tokens, session_id, request_id"
    where = f"litellm_call_id = '{exchange.shown.identity}'"
    query = f'select {columns} from "LiteLLM_SpendLogs" where {where}'  # noqa: S608 - our own words
    until(lambda: lab.sql("litellm", query) != [], ROW_SECONDS, "the gateway has written its row")
    (row,) = lab.sql("litellm", query)
    return row


@pytest.mark.proves(3, "you -> tailscale -> ingress", "open-webui -> postgres:5432")
def test_words_appear_one_after_the_other(exchange: Exchange) -> None:
    *growing, complete = exchange.shown.texts
    assert complete == ANSWER
    assert [text for text in growing if not ANSWER.startswith(text)] == []
    assert sorted(growing, key=len) == growing
    assert len(growing) >= 2


def test_they_come_over_one_live_connection_of_the_chats_own_host(lab: RunningLab, exchange: Exchange) -> None:
    """Not by asking again and again, which the page falls back to where a proxy lets no WebSocket through."""
    host = lab.spec.hosts("openwebui")[0]
    assert exchange.traffic.sockets == {f"wss://{host}/ws/socket.io/?EIO=4&transport=websocket"}
    assert exchange.traffic.hosts == {host}


def test_the_page_has_no_error_to_tell(exchange: Exchange) -> None:
    assert exchange.traffic.errors == []


def test_the_answers_id_leads_to_one_row(exchange: Exchange, row: list[str]) -> None:
    model, status, _, completion, session, _ = row
    assert (model, status, session) == (MODEL, "success", exchange.shown.identity)
    assert int(completion) >= len(ANSWER.split())


def test_the_answers_id_leads_to_one_trace_with_the_rows_numbers(row: list[str], trace: Span) -> None:
    names = ("llm.token_count.prompt", "llm.token_count.completion", "llm.response.id", "output.value")
    _, _, prompt, completion, _, answer = row
    assert [trace.attributes[name] for name in names] == [int(prompt), int(completion), answer, ANSWER]
    assert QUESTION in trace.attributes["input.value"]


def test_the_counters_have_grown_by_the_rows(
    lab: RunningLab, exchange: Exchange, prometheus: str, row: list[str]
) -> None:
    """Counters have no ids. Titles and tags that the chat asks the model for have rows too, and are counted."""
    where = f"model_group = '{MODEL}' and \"startTime\" > '{exchange.since}'"
    query = f'select count(*), sum(total_tokens) from "LiteLLM_SpendLogs" where {where}'  # noqa: S608 - our own words

    def grown() -> bool:
        requests, tokens = (float(text) for text in lab.sql("litellm", query)[0])
        now = counted(prometheus, MODEL)
        return now == Counted(exchange.before.requests + requests, exchange.before.tokens + tokens)

    assert row[0] == MODEL
    until(grown, SCRAPE_SECONDS, "the counters have grown by the rows")


@pytest.mark.proves(3, "ingress -> phoenix:6006", "phoenix -> postgres:5432")
def test_phoenix_shows_the_trace_to_a_person_who_has_the_answers_id(
    lab: RunningLab, browser: Browser, exchange: Exchange, trace: Span, tmp_path: Path
) -> None:
    condition = f"attributes['litellm']['trace_id'] == '{exchange.shown.identity}'"
    with reader(lab) as person, tab(browser, tmp_path) as page:
        phoenix = PhoenixPage.opened(page, lab.spec.hosts("phoenix")[0])
        phoenix.log_in(person.email, person.password)
        phoenix.change_password(person.password, f"{person.password}-of-my-own")
        phoenix.log_in(person.email, f"{person.password}-of-my-own")
        rows = phoenix.found(lab.spec.namespace, condition)
        expect(rows).to_have_count(2, timeout=PATIENCE_MS)
        questions = rows.get_by_text(QUESTION).count()
        links = rows.get_by_role("link").all()
        names = sorted((link.inner_text(), trace.trace in str(link.get_attribute("href"))) for link in links)
        phoenix.log_out()
    assert names == [("litellm_proxy_request", True), ("litellm_request", True)]
    assert questions == len(names)


def test_the_generated_password_opens_phoenix_which_asks_for_another(
    lab: RunningLab, browser: Browser, tmp_path: Path
) -> None:
    with tab(browser, tmp_path) as page:
        phoenix = PhoenixPage.opened(page, lab.spec.hosts("phoenix")[0])
        phoenix.log_in("admin@localhost", "wrong")
        page.get_by_text("Invalid login").wait_for()
        phoenix.log_in("admin@localhost", lab.secret("phoenix/admin-password"))
        page.get_by_label("Old Password").wait_for()
        phoenix.log_out()


def test_a_wrong_password_leaves_a_person_at_the_form(lab: RunningLab, browser: Browser, tmp_path: Path) -> None:
    with tab(browser, tmp_path) as page:
        chat = ChatPage.opened(page, lab.spec.hosts("openwebui")[0])
        chat.log_in(lab.spec.chat.admin_email, "wrong")
        page.get_by_text("The email or password provided is incorrect").wait_for()
        assert page.locator("#chat-input").count() == 0
