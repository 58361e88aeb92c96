"""vLLM's stand-in as a server: its command line, its model's folder, its connections."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from infra import process
from infra.errors import LabError
from testnode.internet.exchange import Request, Site
from testnode.internet.thinking_model import CONTEXT, thinking_model
from testnode.patience import until
from testnode.programs.vllm import CODE, vllm
from testnode.programs.vllm_server.model import Model, load
from testnode.programs.vllm_server.options import Options, read
from testnode.programs.vllm_server.server import Server
from tests.programs.vllm_api import ANSWER, NAME, REVISION, THOUGHT, api, body, options, series

MODEL = "deepseek-ai/R1"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Fill Hugging Face's cache as the download Job does."""
    folder = tmp_path / "hub/models--deepseek-ai--R1/snapshots" / REVISION
    folder.mkdir(parents=True)
    for name, content in thinking_model(THOUGHT, ANSWER).items():
        (folder / name).write_bytes(content)
    return tmp_path


@contextmanager
def served(site: Site) -> Iterator[int]:
    """Serve at a free port for the length of a `with` block."""
    server = Server(site, 0)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_flags_decide() -> None:
    flags = ("--max-model-len=32768", "--max-num-seqs=4", "--port=8001", "--gpu-memory-utilization=0.65")
    assert options(*flags, "--reasoning-parser=deepseek_r1", "--dtype", "auto") == Options(
        model=MODEL,
        revision=REVISION,
        served_name=NAME,
        port=8001,
        max_model_len=32768,
        max_num_seqs=4,
        reasoning=True,
        auto_tools=False,
    )


def test_without_flags_vllms_own_defaults_hold() -> None:
    assert read(("serve", MODEL, f"--revision={REVISION}")) == Options(MODEL, REVISION, served_name=MODEL)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--no-such-flag",), "unrecognized arguments: --no-such-flag"),
        (("--max-model",), "unrecognized arguments: --max-model"),
        (("--gpu-memory-utilization=1.5",), "1.5 is not above 0 and at most 1"),
        (("--reasoning-parser=none",), "invalid choice: 'none'"),
        (("--enable-auto-tool-choice",), "requires --tool-call-parser"),
        (("--port=http",), "invalid int value: 'http'"),
    ],
)
def test_what_vllm_does_not_take_ends_it(
    flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        options(*flags)
    assert message in capsys.readouterr().err


def test_the_image_has_everything_that_the_server_imports(tmp_path: Path) -> None:
    for name, source in vllm().stand_in.files.items():
        if isinstance(source, Path):
            file = tmp_path / name.removeprefix("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(source.read_bytes())
    command = (sys.executable, "-P", "-m", "testnode.programs.vllm_server", "serve", "--help")
    copies = {"PYTHONPATH": str(tmp_path / CODE.removeprefix("/"))}
    done = process.run(command, env=copies, cwd=tmp_path, timeout=60)
    assert "--served-model-name" in done.stdout


def test_the_model_is_what_was_downloaded(cache: Path) -> None:
    assert load(options("--max-model-len=1024"), cache) == Model(
        ("What", " do", " they", " ask?", " About", " tides."),
        ("The", " moon", " pulls", " at", " every", " sea."),
        1024,
    )
    assert load(options(), cache).context == CONTEXT


def test_a_model_that_was_not_downloaded_ends_it(cache: Path) -> None:
    with pytest.raises(LabError, match=f"R1 at {'0' * 40} is not in .*: .*config.json is missing"):
        load(replace(options(), revision="0" * 40), cache)


def test_more_context_than_the_model_has_ends_it(cache: Path) -> None:
    with pytest.raises(
        LabError, match=r"max_model_len \(131073\) is greater than .* \(max_position_embeddings=131072\)"
    ):
        load(options(f"--max-model-len={CONTEXT + 1}"), cache)


def test_the_server_says_what_it_serves_and_that_it_lives() -> None:
    server = api()
    [card] = json.loads(server(Request("GET", "vllm", "/v1/models")).body)["data"]
    assert (card["id"], card["root"], card["max_model_len"], card["owned_by"]) == (NAME, MODEL, 64, "vllm")
    assert [server(Request("GET", "vllm", path)).status for path in ("/health", "/version")] == [200, 200]


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/v1/chat/completions"), ("POST", "/v1/responses")])
def test_what_is_not_there_is_not_found(method: str, path: str) -> None:
    answer = api()(Request(method, "vllm", path))
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, 404)


def test_a_stream_comes_over_http_and_the_connection_stays() -> None:
    with served(api()) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/v1/chat/completions", json.dumps(body(stream=True)))
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.read().endswith(b"data: [DONE]\n\n")
        connection.request("GET", "/health")
        assert (connection.getresponse().status, connection.sock is None) == (200, False)
        connection.close()


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_whoever_leaves_aborts_the_answer(*, stream: bool) -> None:
    server = api(pace=0.05)
    with served(server) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            content = json.dumps(body(stream=stream))
            head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: vllm\r\nContent-Length: {len(content)}\r\n\r\n"
            client.sendall((head + content).encode())
            until(lambda: series(server)["vllm:num_requests_running"] == 1, 60, "it is answered")
        until(lambda: series(server)['vllm:request_success_total{finished_reason="abort"}'] == 1, 60, "it is aborted")
    assert series(server)["vllm:num_requests_running"] == 0
