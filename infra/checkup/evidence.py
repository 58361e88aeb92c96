"""What a request leaves behind: an answer, a row, a trace, a sample. Each proves more than that a port is open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from ailab.secrets import CHAT_KEY, LITELLM_MASTER_KEY, PHOENIX_ACCESS, SecretKey
from ailab.spec import LabSpec
from ailab.spec.lab import Feature
from ailab.spec.models import Role
from infra.edges import Edge
from infra.errors import LabError
from infra.forward import forwarded

ANSWER_SECONDS: Final = 300  # a model that is not in the GPU's memory is read from the disk first
RECORD_SECONDS: Final = 40  # the gateway writes rows every 10 to 15 s, traces after 5
POLL_SECONDS: Final = 2
GATEWAY: Final = "litellm"
QUESTION: Final = "Say one word."


@dataclass(frozen=True)
class Evidence:
    """What was seen of an arrow by using it."""

    said: str
    seconds: float
    holds: bool


Found = Iterator[tuple[Edge, Evidence]]


@dataclass(frozen=True)
class Witness:
    """Uses a lab's arrows, by its own secrets, and looks at what that leaves.

    Attributes:
        spec: the lab.
        values: its secrets.
        edges: its arrows.
        broken: arrows known to be broken; what needs them is not asked.

    """

    spec: LabSpec
    values: Mapping[SecretKey, str]
    edges: tuple[Edge, ...]
    broken: frozenset[Edge]

    def conversation(self) -> Found:
        """Ask each local model server for one word through the gateway, then look for the row and the trace of it.

        Raises:
            LabError: no way to the gateway, or to Phoenix.

        """
        with forwarded(self.spec.namespace, GATEWAY, 4000) as gateway:
            answered = None
            for target, alias in self._local_models():
                if edge := self._open(GATEWAY, target):
                    evidence, identity = self._ask(gateway, alias)
                    answered = identity or answered
                    yield edge, evidence
            if answered and (edge := self._open(GATEWAY, "postgres")):
                yield edge, _soon(lambda: self._row(gateway, answered), "its row is there")
            if answered and (edge := self._open(GATEWAY, "phoenix")):
                yield edge, self._traced(answered)

    def scrapes(self) -> Found:
        """Ask Prometheus which of its targets it could read last.

        Raises:
            LabError: no way to Prometheus.

        """
        if not self.spec.has(Feature.OBSERVABILITY):
            return
        with forwarded(self.spec.namespace, "prometheus", 9090) as prometheus:
            began = time.monotonic()
            answer = prometheus.get("/api/v1/targets", params={"state": "active"})
            took = time.monotonic() - began
        for target in _json(answer)["data"]["activeTargets"]:
            if edge := self._open("prometheus", target["labels"]["job"]):
                # One that was never read has no fault yet.
                holds = target["health"] != "down"
                yield edge, Evidence(target["lastError"] or f"scraped: {target['health']}", took, holds=holds)

    def _open(self, source: str, target: str) -> Edge | None:
        """Find an arrow of the lab that is not known to be broken."""
        found = (edge for edge in self.edges if (edge.source, edge.target) == (source, target))
        return next((edge for edge in found if edge not in self.broken), None)

    def _local_models(self) -> Iterator[tuple[str, str]]:
        if self.spec.ollama:
            chat = [model.alias for model in self.spec.ollama.models if model.role is Role.CHAT]
            yield from (("ollama", alias) for alias in chat[:1])
        yield from ((server.alias, server.alias) for server in self.spec.vllm)

    def _ask(self, gateway: httpx.Client, alias: str) -> tuple[Evidence, str | None]:
        body = {
            "model": alias,
            "messages": [{"role": "user", "content": QUESTION}],
            "max_tokens": 1,
            "disable_fallbacks": True,  # another model's answer would prove another arrow
        }
        began = time.monotonic()
        try:
            answer = gateway.post(
                "/v1/chat/completions", json=body, headers=self._key(CHAT_KEY), timeout=ANSWER_SECONDS
            )
        except httpx.HTTPError as error:
            return Evidence(f"{alias} was asked: {error}", time.monotonic() - began, holds=False), None
        took = time.monotonic() - began
        if answer.status_code != httpx.codes.OK:
            return Evidence(f"{alias} was asked: status {answer.status_code}", took, holds=False), None
        return Evidence(f"{alias} answers", took, holds=True), str(_json(answer)["id"])

    def _row(self, gateway: httpx.Client, identity: str) -> bool:
        answer = gateway.get("/spend/logs", params={"request_id": identity}, headers=self._key(LITELLM_MASTER_KEY))
        return answer.status_code == httpx.codes.OK and bool(answer.json())

    def _traced(self, identity: str) -> Evidence:
        with forwarded(self.spec.namespace, "phoenix", 6006) as phoenix:
            query = {"attribute": f"llm.response.id:{identity}"}
            spans = f"/v1/projects/{self.spec.namespace}/spans"

            def there() -> bool:
                answer = phoenix.get(spans, params=query, headers=self._key(PHOENIX_ACCESS))
                return answer.status_code == httpx.codes.OK and bool(answer.json()["data"])

            return _soon(there, "its trace is there")

    def _key(self, row: SecretKey) -> dict[str, str]:
        if row not in self.values:
            message = f"{row.name}/{row.key}: not in the cluster; run ./lab secrets apply"
            raise LabError(message)
        return {"Authorization": f"Bearer {self.values[row]}"}


def _soon(condition: Callable[[], bool], what: str) -> Evidence:
    """Wait for what comes after a request by itself."""
    began = time.monotonic()
    while True:
        try:
            there = condition()
        except httpx.HTTPError:
            there = False
        took = time.monotonic() - began
        if there:
            return Evidence(what, took, holds=True)
        if took > RECORD_SECONDS:
            return Evidence(f"not so after {RECORD_SECONDS} s: {what}", took, holds=False)
        time.sleep(POLL_SECONDS)


def _json(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
