"""The way through the API server: it opens, ends and fails as it should, and no proxy is told what goes by it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from ailab.secrets import (
    CHAT_KEY,
    GRAFANA_ADMIN,
    LITELLM_MASTER_KEY,
    NEO4J_PASSWORD,
    OPEN_WEBUI_ADMIN,
    PHOENIX_ACCESS,
    SecretKey,
)
from infra import manifests, rotation
from infra.checkup.evidence import Witness
from infra.edges import edges
from infra.errors import LabError
from infra.forward import forwarded
from infra.labs import DIST, one_lab
from infra.secret_store import Place, Stored
from tests.infra.listener import listening

VALUES = {CHAT_KEY: "sk-chat", LITELLM_MASTER_KEY: "sk-master", PHOENIX_ACCESS: "access"}
# Enough for each program: a login, an answer of a model, rows, spans and targets.
ANSWER = {"token": "a-session", "id": "chatcmpl-7", "data": {"activeTargets": []}}


@contextmanager
def _serving(asked: list[str]) -> Iterator[str]:
    """Answer every request, and keep what was asked: as a proxy gets it, with the host."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            text = json.dumps(ANSWER).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_CONNECT = _answer  # noqa: N815 - the names that the server calls

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with listening(Handler) as address:
        yield address


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Name a proxy in the environment; gives what it was asked."""
    asked: list[str] = []
    with _serving(asked) as proxy:
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
            monkeypatch.setenv(name.lower(), proxy)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield asked


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a program before every other kubectl."""

    def write(program: str) -> Path:
        file = tmp_path / "kubectl"
        file.write_text(f"#!{sys.executable} -IS\n{program}", encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path

    return write


def test_a_way_through_the_api_server_ends_with_its_block(kubectl: Callable[[str], Path]) -> None:
    folder = kubectl(
        "import os, pathlib, sys, time\n"
        "here = pathlib.Path(sys.argv[0]).parent\n"
        "(here / 'argv').write_text(' '.join(sys.argv[1:]))\n"
        "(here / 'pid').write_text(str(os.getpid()))\n"
        "print('Forwarding from 127.0.0.1:4711 -> 4000', flush=True)\n"
        "time.sleep(60)\n"
    )
    with forwarded("ai-lab", "litellm", 4000) as client:
        assert client.base_url == "http://127.0.0.1:4711"
        assert (folder / "argv").read_text() == (
            "port-forward --namespace=ai-lab service/litellm :4000 --address=127.0.0.1"
        )
    assert not Path(f"/proc/{(folder / 'pid').read_text()}").exists()


def test_a_way_that_does_not_open_is_told_with_kubectls_last_word(kubectl: Callable[[str], Path]) -> None:
    kubectl("import sys\nsys.exit('E1126 noise\\nerror: unable to forward port because pod is not running')\n")
    message = r"^litellm: no way through the API server: error: unable to forward port because pod is not running$"
    with pytest.raises(LabError, match=message), forwarded("ai-lab", "litellm", 4000):
        pass


@pytest.fixture
def programs(kubectl: Callable[[str], Path]) -> Iterator[list[str]]:
    """Lead every way to a program that says yes; gives what it was asked."""
    asked: list[str] = []
    with _serving(asked) as url:
        kubectl(
            f"import time\nprint('Forwarding from {url.removeprefix('http://')} -> 1', flush=True)\ntime.sleep(60)\n"
        )
        yield asked


def test_a_proxy_of_the_environment_is_one_that_httpx_would_take(proxied: list[str]) -> None:
    httpx.get("http://127.0.0.1:1/canary")
    assert proxied == ["http://127.0.0.1:1/canary"]


@pytest.mark.parametrize(
    ("row", "paths"),
    [
        (OPEN_WEBUI_ADMIN, ["/api/v1/auths/signin", "/api/v1/auths/update/password"]),
        (GRAFANA_ADMIN, ["/api/user/password"]),
        (NEO4J_PASSWORD, ["/db/system/query/v2"]),
    ],
    ids=lambda value: value.name if isinstance(value, SecretKey) else "",
)
def test_no_proxy_sees_a_password_on_its_way_to_its_program(
    proxied: list[str], programs: list[str], monkeypatch: pytest.MonkeyPatch, row: SecretKey, paths: list[str]
) -> None:
    monkeypatch.setattr(rotation, "_email", lambda _namespace: "admin@lab.example")
    monkeypatch.setattr(rotation, "store", lambda *_known: None)
    rotation.exchange(Place("ai-lab", "minimal"), row, Stored({row: "old-canary"}, {row: "new-canary"}))
    assert (programs, proxied) == (paths, [])


def test_no_proxy_sees_what_the_doctor_asks_with_the_labs_keys(proxied: list[str], programs: list[str]) -> None:
    arrows = tuple(edges(manifests.read(DIST / "gpu-lab")))
    witness = Witness(one_lab("gpu-lab"), VALUES, arrows, frozenset())
    for _ in (*witness.conversation(), *witness.scrapes()):
        pass
    assert set(programs) == {
        "/v1/chat/completions",
        "/spend/logs?request_id=chatcmpl-7",
        "/v1/projects/ai-lab/spans?attribute=llm.response.id%3Achatcmpl-7",
        "/api/v1/targets?state=active",
    }
    assert proxied == []
