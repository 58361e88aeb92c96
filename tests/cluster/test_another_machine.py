"""A parked lab resumes on another machine with all that it had, as `./lab park` and `./lab up` leave and find it.

The first machine is gone with everything but its volume; the second one has another address and another identity.
By its name this file comes before the long tests that share one lab, so that the two need not run beside each other.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
import pytest

from ailab.spec import LabSpec
from infra.shipping.host import REST
from testnode import cache
from testnode.internet import hugging_face, model_registry
from testnode.lab_node import LabNode
from testnode.layout import NODE_NAME
from testnode.node import Node
from testnode.patience import until
from tests.cluster.kept import COLUMNS, COUNTER, SCRAPE_SECONDS, graph
from tests.cluster.observed import Span, of_answer, total
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened
from tests.cluster.start import NODE, operator, start, started_node
from tests.cluster.test_traces import TRACE_SECONDS, Reply, ask

pytestmark = [pytest.mark.proves(2), pytest.mark.long, pytest.mark.timeout(3600)]

FIRST, SECOND = NODE + 110, NODE + 120
DRAIN_SECONDS: Final = 330
MODELS: Final = {model_registry.REGISTRY, model_registry.STORE, hugging_face.HUB, hugging_face.STORE}
NAMES: Final = "MATCH (n:Kept) RETURN n.name AS name ORDER BY name"


@dataclass(frozen=True)
class Keys:
    """Two keys that the operator made by hand, one of which was withdrawn."""

    valid: str
    withdrawn: str


@dataclass(frozen=True)
class Chats:
    """Two chats of the administrator, one of which was deleted, and the session that wrote them."""

    token: str
    kept: str
    deleted: str


@dataclass(frozen=True)
class Sample:
    """What a counter was at a moment, in seconds since 1970."""

    moment: float
    value: float


@dataclass(frozen=True)
class Memory:
    """What the lab had when it was parked."""

    reply: Reply
    spans: list[Span]
    row: list[str]
    keys: Keys
    chats: Chats
    sample: Sample
    pods: frozenset[str]
    fetched: int


@dataclass(frozen=True)
class Resumed:
    """The lab on its second machine, and what it had on the first one."""

    lab: RunningLab
    running: LabNode
    before: Memory


@pytest.fixture(scope="module")
def resumed(spec: LabSpec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resumed]:
    with TemporaryDirectory(prefix="volume-", dir=cache.root()) as folder:
        with started_node(spec, FIRST, Path(folder)) as running:
            lab = operator(running.node, spec, tmp_path_factory.mktemp("operator"), running.door)
            start(lab)
            before = _used(lab, running)
            _park(running.node)
        with started_node(spec, SECOND, Path(folder)) as running:
            lab = operator(running.node, spec, tmp_path_factory.mktemp("operator"), running.door)
            start(lab)
            yield Resumed(lab, running, before)


def _park(node: Node) -> None:
    """Let the pods end by the words of `./lab park`; all else ends with the node."""
    drains = [line for line in REST.splitlines() if "kubectl drain" in line]
    assert len(drains) == 2  # the gateway's, and all others'
    for drain in drains:
        _, _, *words = shlex.split(drain.replace("$1", NODE_NAME))
        node.kubectl(*words, timeout=DRAIN_SECONDS)


def _used(lab: RunningLab, running: LabNode) -> Memory:
    """Use every part that keeps something."""
    reply = ask(lab, "Will you remember this?")
    keys, chats = _two_keys(lab), _two_chats(lab)
    _write_graph(lab)
    until(lambda: of_answer(lab, reply.identity) != [], TRACE_SECONDS, "the trace has arrived")
    with opened(lab, "prometheus", 9090) as prometheus:
        until(lambda: total(prometheus, f"{COUNTER})") > 0, SCRAPE_SECONDS, "the request is counted")
        now = time.time()
        sample = Sample(now, total(prometheus, f"{COUNTER} @ {now})"))
    return Memory(
        reply=reply,
        spans=of_answer(lab, reply.identity),
        row=lab.row(COLUMNS, reply.identity),
        keys=keys,
        chats=chats,
        sample=sample,
        pods=_pods_of_deployments(lab),
        fetched=_asked_for_models(running),
    )


def _two_keys(lab: RunningLab) -> Keys:
    master = {"Authorization": f"Bearer {lab.secret('litellm/master-key')}"}
    with opened(lab, "litellm", 4000) as address, httpx.Client(base_url=f"http://{address}", headers=master) as gateway:
        valid, withdrawn = (gateway.post("/key/generate", json={}, timeout=60).json()["key"] for _ in range(2))
        gateway.post("/key/delete", json={"keys": [withdrawn]}, timeout=60).raise_for_status()
    return Keys(valid, withdrawn)


def _two_chats(lab: RunningLab) -> Chats:
    token = lab.token()
    with lab.browser("openwebui", token) as browser:
        kept, deleted = (
            browser.post("/api/v1/chats/new", json={"chat": {"title": title}}).json()["id"]
            for title in ("kept", "deleted")
        )
        browser.delete(f"/api/v1/chats/{deleted}").raise_for_status()
    return Chats(token, kept, deleted)


def _write_graph(lab: RunningLab) -> None:
    with graph(lab) as driver:
        driver.execute_query("CREATE (:Kept {name: 'kept'}), (:Kept {name: 'deleted'})")
        driver.execute_query("MATCH (n:Kept {name: 'deleted'}) DELETE n")


def _pods_of_deployments(lab: RunningLab) -> frozenset[str]:
    return frozenset(lab.kubectl("get", "pods", "-l", "pod-template-hash", "-o", "name").split())


def _asked_for_models(running: LabNode) -> int:
    return sum(request.host in MODELS for request in running.outside.requests)


def test_no_byte_of_a_model_is_fetched_again(resumed: Resumed) -> None:
    assert resumed.before.fetched > 0
    assert _asked_for_models(resumed.running) == 0


def test_the_chat_is_there_and_the_deleted_one_is_not(resumed: Resumed) -> None:
    chats = resumed.before.chats
    with resumed.lab.browser("openwebui", chats.token) as browser:
        kept, deleted = (browser.get(f"/api/v1/chats/{identity}") for identity in (chats.kept, chats.deleted))
    assert (kept.status_code, kept.json()["title"]) == (httpx.codes.OK, "kept")
    assert deleted.status_code == httpx.codes.UNAUTHORIZED


def test_the_key_answers_and_the_withdrawn_one_is_refused(resumed: Resumed) -> None:
    keys = resumed.before.keys
    statuses = []
    for key in (keys.valid, keys.withdrawn):
        with resumed.lab.browser("litellm", key) as browser:
            statuses.append(browser.get("/v1/models").status_code)
    assert statuses == [httpx.codes.OK, httpx.codes.UNAUTHORIZED]


def test_the_trace_and_the_row_of_before_are_found(resumed: Resumed) -> None:
    before = resumed.before
    assert of_answer(resumed.lab, before.reply.identity) == before.spans != []
    assert resumed.lab.row(COLUMNS, before.reply.identity) == before.row


def test_the_node_of_the_graph_is_there_and_the_deleted_one_is_not(resumed: Resumed) -> None:
    with graph(resumed.lab) as driver:
        records, _, _ = driver.execute_query(NAMES)
    assert [record["name"] for record in records] == ["kept"]


def test_the_metric_has_its_samples_of_before(resumed: Resumed) -> None:
    sample = resumed.before.sample
    with opened(resumed.lab, "prometheus", 9090) as prometheus:
        assert total(prometheus, f"{COUNTER} @ {sample.moment})") == sample.value > 0


def test_the_models_answer_and_leave_their_trace(resumed: Resumed) -> None:
    reply = ask(resumed.lab, "And this?")
    assert reply.content == ANSWER
    until(lambda: of_answer(resumed.lab, reply.identity) != [], TRACE_SECONDS, "the trace has arrived")


def test_no_pod_of_before_runs_and_none_is_at_the_address_of_before(resumed: Resumed) -> None:
    assert resumed.before.pods & _pods_of_deployments(resumed.lab) == frozenset()
    pods = json.loads(resumed.lab.node.kubectl("get", "pods", "-A", "-o", "json").stdout)["items"]
    addresses = {pod["status"].get("hostIP") for pod in pods if pod["status"]["phase"] == "Running"}
    assert addresses == {resumed.lab.node.layout.address}
