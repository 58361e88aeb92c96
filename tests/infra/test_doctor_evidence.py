"""What the doctor sees of a request: with programs that answer over HTTP on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from ailab.secrets import CHAT_KEY, LITELLM_MASTER_KEY, PHOENIX_ACCESS, SecretKey
from ailab.spec import LabSpec
from infra import manifests
from infra.checkup import evidence
from infra.checkup.door import through_the_door
from infra.checkup.evidence import Evidence, Witness
from infra.edges import Edge, edges
from infra.errors import LabError
from infra.labs import DIST, one_lab
from tests.infra.listener import listening

VALUES = {CHAT_KEY: "sk-chat", LITELLM_MASTER_KEY: "sk-master", PHOENIX_ACCESS: "access"}
ANSWER = {"id": "chatcmpl-7"}
Reply = tuple[int, object]


class Programs:
    """The lab's programs: `replies` by path; what they were asked is kept."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {
            "/v1/chat/completions": (200, ANSWER),
            "/spend/logs": (200, [{"request_id": "chatcmpl-7"}]),
            "/v1/projects/ai-lab/spans": (200, {"data": [{"name": "litellm_request"}]}),
            "/api/v1/targets": (200, {"data": {"activeTargets": []}}),
        }
        self.asked: list[tuple[str, str | None, dict[str, list[str]], object]] = []

    def reply(self, handler: BaseHTTPRequestHandler) -> Reply:
        """Answer one request."""
        url = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        body = json.loads(handler.rfile.read(length)) if length else None
        self.asked.append((url.path, handler.headers.get("Authorization"), parse_qs(url.query), body))
        return self.replies.get(url.path, (200, {}))


@contextmanager
def _serving(programs: Programs) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            status, body = programs.reply(self)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _answer  # noqa: N815 - the names that the server calls

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with listening(Handler) as address:
        yield address


@pytest.fixture
def programs() -> Programs:
    return Programs()


@pytest.fixture
def url(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Lead every way through the API server to the programs of the test."""
    with _serving(programs) as url:

        @contextmanager
        def way(_namespace: str, _service: str, _port: int) -> Iterator[str]:
            yield url

        monkeypatch.setattr("infra.forward._way", way)
        monkeypatch.setattr(evidence, "POLL_SECONDS", 0.01)
        monkeypatch.setattr(evidence, "RECORD_SECONDS", 0.2)
        yield url


@pytest.fixture(scope="module")
def spec() -> LabSpec:
    return one_lab("gpu-lab")


@pytest.fixture(scope="module")
def arrows() -> tuple[Edge, ...]:
    return tuple(edges(manifests.read(DIST / "gpu-lab")))


def _seen(found: Iterator[tuple[Edge, Evidence]]) -> dict[tuple[str, str], tuple[bool, str]]:
    return {(edge.source, edge.target): (one.holds, one.said) for edge, one in found}


@pytest.fixture
def witness(spec: LabSpec, arrows: tuple[Edge, ...]) -> Witness:
    """Know of no broken arrow."""
    return _witness(spec, arrows)


def _witness(spec: LabSpec, arrows: tuple[Edge, ...], *broken: str, values: dict[SecretKey, str] = VALUES) -> Witness:
    gone = frozenset(edge for edge in arrows if edge.source == "litellm" and edge.target in broken)
    return Witness(spec, values, arrows, gone)


@pytest.mark.usefixtures("url")
def test_one_word_of_each_local_model_leaves_a_row_and_a_trace(
    spec: LabSpec, arrows: tuple[Edge, ...], programs: Programs
) -> None:
    assert _seen(_witness(spec, arrows).conversation()) == {
        ("litellm", "ollama"): (True, "llama3.1 answers"),
        ("litellm", "deepseek-r1-vllm"): (True, "deepseek-r1-vllm answers"),
        ("litellm", "postgres"): (True, "its row is there"),
        ("litellm", "phoenix"): (True, "its trace is there"),
    }
    question = {"messages": [{"role": "user", "content": "Say one word."}], "max_tokens": 1, "disable_fallbacks": True}
    assert programs.asked == [
        ("/v1/chat/completions", "Bearer sk-chat", {}, {"model": "llama3.1", **question}),
        ("/v1/chat/completions", "Bearer sk-chat", {}, {"model": "deepseek-r1-vllm", **question}),
        ("/spend/logs", "Bearer sk-master", {"request_id": ["chatcmpl-7"]}, None),
        ("/v1/projects/ai-lab/spans", "Bearer access", {"attribute": ["llm.response.id:chatcmpl-7"]}, None),
    ]


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    ("path", "reply", "seen"),
    [
        ("/spend/logs", (200, []), ("postgres", "not so after 0.2 s: its row is there")),
        ("/spend/logs", (503, {}), ("postgres", "not so after 0.2 s: its row is there")),
        ("/v1/projects/ai-lab/spans", (200, {"data": []}), ("phoenix", "not so after 0.2 s: its trace is there")),
        ("/v1/projects/ai-lab/spans", (404, {}), ("phoenix", "not so after 0.2 s: its trace is there")),
        ("/v1/chat/completions", (500, {}), ("ollama", "llama3.1 was asked: status 500")),
    ],
)
def test_what_a_request_does_not_leave_is_seen(
    witness: Witness, programs: Programs, path: str, reply: Reply, seen: tuple[str, str]
) -> None:
    programs.replies[path] = reply
    arrow, said = seen
    assert _seen(witness.conversation())["litellm", arrow] == (False, said)


@pytest.mark.usefixtures("url")
def test_without_an_answer_no_row_and_no_trace_is_looked_for(
    spec: LabSpec, arrows: tuple[Edge, ...], programs: Programs
) -> None:
    programs.replies["/v1/chat/completions"] = (500, {})
    assert set(_seen(_witness(spec, arrows).conversation())) == {("litellm", "ollama"), ("litellm", "deepseek-r1-vllm")}


@pytest.mark.usefixtures("url")
def test_over_an_arrow_that_is_known_to_be_broken_nothing_is_asked(
    spec: LabSpec, arrows: tuple[Edge, ...], programs: Programs
) -> None:
    found = _seen(_witness(spec, arrows, "ollama", "postgres").conversation())
    assert set(found) == {("litellm", "deepseek-r1-vllm"), ("litellm", "phoenix")}
    assert [path for path, *_ in programs.asked] == ["/v1/chat/completions", "/v1/projects/ai-lab/spans"]


@pytest.mark.usefixtures("url")
def test_a_key_that_is_not_in_the_cluster_is_told(spec: LabSpec, arrows: tuple[Edge, ...]) -> None:
    with pytest.raises(LabError, match=r"^gateway-keys/chat: not in the cluster; run \./lab secrets apply$"):
        list(_witness(spec, arrows, values={}).conversation())


@pytest.mark.usefixtures("url")
def test_prometheus_says_which_targets_it_could_read(
    spec: LabSpec, arrows: tuple[Edge, ...], programs: Programs
) -> None:
    targets = [
        {"labels": {"job": "litellm"}, "health": "up", "lastError": ""},
        {"labels": {"job": "node-exporter"}, "health": "down", "lastError": "connection refused"},
        {"labels": {"job": "dcgm-exporter"}, "health": "unknown", "lastError": ""},
        {"labels": {"job": "another"}, "health": "down", "lastError": "no arrow of the lab"},
    ]
    programs.replies["/api/v1/targets"] = (200, {"data": {"activeTargets": targets}})
    assert _seen(_witness(spec, arrows).scrapes()) == {
        ("prometheus", "litellm"): (True, "scraped: up"),
        ("prometheus", "node-exporter"): (False, "connection refused"),
        ("prometheus", "dcgm-exporter"): (True, "scraped: unknown"),
    }


def _door(spec: LabSpec, arrows: tuple[Edge, ...], url: str) -> dict[tuple[str, str], tuple[bool, str]]:
    services = manifests.services(manifests.read(DIST / "gpu-lab"))
    return _seen(through_the_door(spec, services, arrows, url))


def test_each_published_page_comes_through_the_door(spec: LabSpec, arrows: tuple[Edge, ...], url: str) -> None:
    assert _door(spec, arrows, url) == {
        ("node", "ingress"): (True, "a browser's requests come in"),
        ("ingress", "litellm"): (True, "litellm: status 200"),
        ("ingress", "open-webui"): (True, "openwebui: status 200"),
        ("ingress", "phoenix"): (True, "phoenix: status 200"),
        ("ingress", "grafana"): (True, "grafana: status 200"),
    }


def test_pages_come_through_a_controller_that_the_cluster_has_already(spec: LabSpec, url: str) -> None:
    arrow = Edge("ingress-controller", "litellm", 4000, "browsers")
    assert _door(spec, (arrow,), url) == {("ingress-controller", "litellm"): (True, "litellm: status 200")}


def test_nginxs_own_answer_for_an_absent_part_is_no_page(
    spec: LabSpec, arrows: tuple[Edge, ...], programs: Programs, url: str
) -> None:
    programs.replies["/api/health"] = (502, {})
    found = _door(spec, arrows, url)
    assert found["ingress", "grafana"] == (False, "grafana: status 502")
    assert found["node", "ingress"] == (True, "a browser's requests come in")


def test_a_door_that_nobody_opens_says_nothing_of_what_is_behind_it(spec: LabSpec, arrows: tuple[Edge, ...]) -> None:
    found = _door(spec, arrows, "http://127.0.0.1:1")
    assert set(found) == {("node", "ingress")}
    holds, said = found["node", "ingress"]
    assert not holds
    assert said.startswith("http://127.0.0.1:1: ")
