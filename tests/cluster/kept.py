"""What the lab keeps: one thing of each store, made before a fault and looked for after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

import httpx
import neo4j

from testnode.patience import until
from tests.cluster.observed import Span, of_answer, total
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened
from tests.cluster.test_traces import TRACE_SECONDS, Reply, ask

SCRAPE_SECONDS: Final = 180
COUNTER: Final = 'sum(litellm_proxy_total_requests_metric_total{requested_model="llama3.1"}'
COLUMNS: Final = "total_tokens, model_group, status"
UPLOAD: Final = "High water in Elmwater comes at noon on Fridays."
NODES: Final = "MATCH (n:Survivor) RETURN n.name AS name"
STORES: Final = {
    "litellm": ("row",),
    "neo4j": ("node of the graph",),
    "open-webui": ("chat", "upload"),
    "phoenix": ("trace",),
    "postgres": ("chat", "row", "trace"),
    "prometheus": ("sample",),
}
"""What is a part's to keep, itself or in PostgreSQL."""


@dataclass(frozen=True)
class Kept:
    """What was made."""

    lab: RunningLab
    token: str
    chat: str
    upload: str
    reply: Reply
    row: list[str]
    trace: list[Span]
    moment: float
    sample: float

    @classmethod
    def made(cls, lab: RunningLab) -> Self:
        """Use every part that keeps something."""
        token = lab.token()
        with lab.browser("openwebui", token) as browser:
            chat = browser.post("/api/v1/chats/new", json={"chat": {"title": "kept"}}).json()["id"]
            document = {"file": ("tides.txt", UPLOAD, "text/plain")}
            upload = browser.post("/api/v1/files/", params={"process": "false"}, files=document).json()["id"]
        with graph(lab) as driver:
            driver.execute_query("MERGE (:Survivor {name: 'kept'})")
        reply = ask(lab, "Will you remember this?")
        until(lambda: of_answer(lab, reply.identity) != [], TRACE_SECONDS, "the trace has arrived")
        with opened(lab, "prometheus", 9090) as prometheus:
            until(lambda: total(prometheus, f"{COUNTER})") > 0, SCRAPE_SECONDS, "the request is counted")
            moment = time.time()
            sample = total(prometheus, f"{COUNTER} @ {moment})")
        trace, row = of_answer(lab, reply.identity), lab.row(COLUMNS, reply.identity)
        return cls(lab, token, chat, upload, reply, row, trace, moment, sample)

    def found(self, part: str) -> tuple[str, ...]:
        """Name what a part has kept, of what is its to keep."""
        ways: dict[str, Callable[[], bool]] = {
            "chat": self._chat,
            "upload": self._upload,
            "row": lambda: self.lab.row(COLUMNS, self.reply.identity) == self.row,
            "trace": lambda: of_answer(self.lab, self.reply.identity) == self.trace,
            "node of the graph": self._node,
            "sample": self._sample,
        }
        return tuple(name for name in STORES.get(part, ()) if ways[name]())

    def _chat(self) -> bool:
        with self.lab.browser("openwebui", self.token) as browser:
            answer = browser.get(f"/api/v1/chats/{self.chat}")
        return answer.status_code == httpx.codes.OK and answer.json()["title"] == "kept"

    def _upload(self) -> bool:
        with self.lab.browser("openwebui", self.token) as browser:
            return browser.get(f"/api/v1/files/{self.upload}/content").text == UPLOAD

    def _node(self) -> bool:
        with graph(self.lab) as driver:
            records, _, _ = driver.execute_query(NODES)
        return [record["name"] for record in records] == ["kept"]

    def _sample(self) -> bool:
        with opened(self.lab, "prometheus", 9090) as prometheus:
            return total(prometheus, f"{COUNTER} @ {self.moment})") == self.sample


@contextmanager
def graph(lab: RunningLab) -> Iterator[neo4j.Driver]:
    """Give a driver of the graph's programs."""
    with opened(lab, "neo4j", 7687) as address:
        login = ("neo4j", lab.secret("neo4j/password"))
        with neo4j.GraphDatabase.driver(f"bolt://{address}", auth=login) as driver:
            yield driver
