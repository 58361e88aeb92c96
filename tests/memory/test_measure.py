"""What runs engines on a card loses nothing where one of them fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import create_server
from typing import Any

import pytest

from bench.card import measure

SERVES = """
import http.server, json
class Engine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(json.dumps({"models": [{"name": "a", "size": 1, "size_vram": 1}]}).encode())
    def do_POST(self):
        self.send_response(500); self.end_headers(); self.wfile.write(b"CUDA error: out of memory")
http.server.HTTPServer(("127.0.0.1", int(__import__("sys").argv[1])), Engine).serve_forever()
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[measure.Machine]:
    """Give engines ports of their own, and a card that two programs are on."""
    with create_server(("127.0.0.1", 0)) as first, create_server(("127.0.0.1", 0)) as second:
        ports = first.getsockname()[1], second.getsockname()[1]
    monkeypatch.setattr(measure, "URLS", dict(zip(measure.URLS, (f"http://127.0.0.1:{n}" for n in ports), strict=True)))
    rows = {"gpu": [("300", "1000")], "compute-apps": [("1", "100"), ("99999999", "200")]}
    monkeypatch.setattr(measure, "driver", lambda query: rows[query.partition("=")[0].removeprefix("--query-")])
    monkeypatch.setattr(measure, "STOP_SECONDS", 5)
    made = measure.Machine(tmp_path)
    yield made
    assert made.running == {}


def _start(engine: str, *command: str) -> dict[str, Any]:
    return {"do": "start", "engine": engine, "command": command, "environment": {}}


def _serving(engine: str) -> dict[str, Any]:
    return _start(engine, sys.executable, "-c", SERVES, measure.URLS[engine].rpartition(":")[2])


def test_after_each_step_the_card_its_programs_and_the_loaded_models_are_written_down(machine: measure.Machine) -> None:
    rows = machine.case("one", [_serving("ollama")])["rows"]
    [row] = rows
    assert (row["used"], row["total"]) == (300, 1000)
    assert {pid: program["gpu"] for pid, program in row["programs"].items()} == {"1": 100, "99999999": 200}
    assert row["programs"]["99999999"]["command"] == "has ended"
    assert row["ps"] == [{"name": "a", "size": 1, "size_vram": 1}]


@pytest.mark.parametrize(
    ("steps", "failure"),
    [
        (["ollama", {"do": "load", "model": "a", "characters": 3}], "CUDA error: out of memory"),
        (["ollama", "dead vllm"], "No available memory for the cache blocks"),
        (["dead ollama"], "No available memory for the cache blocks"),
    ],
)
def test_a_step_that_fails_is_the_last_of_its_case_and_says_why(
    machine: measure.Machine, steps: list[Any], failure: str
) -> None:
    dies = (sys.executable, "-c", "print('No available memory for the cache blocks')")
    known = {"ollama": _serving("ollama"), "dead vllm": _start("vllm", *dies), "dead ollama": _start("ollama", *dies)}
    wanted: list[dict[str, Any]] = [known[step] if isinstance(step, str) else step for step in steps]
    rows = machine.case("fails", [*wanted, {"do": "stop", "engine": "never"}])["rows"]
    assert len(rows) == len(steps)
    assert failure in rows[-1]["failed"]


def test_cases_that_are_run_later_stand_beside_the_earlier_ones(
    machine: measure.Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "ROOT", tmp_path / "root")
    cases = tmp_path / "cases"
    (cases / "served").mkdir(parents=True)
    (cases / "a.head").write_bytes(b"GGUF")
    (cases / "files.json").write_text(json.dumps({"a:1": {"head": "a.head", "size": 4096}}), encoding="utf-8")
    named = [{"name": name, "steps": [_start("vllm", "false")]} for name in ("first", "second")]
    (cases / "cases.json").write_text(json.dumps(named), encoding="utf-8")
    for name in ("first", "second", "first"):
        measure.main(cases, tmp_path / "out", [name])
    found = json.loads((tmp_path / "out" / "measured.json").read_text(encoding="utf-8"))
    assert [case["name"] for case in found] == ["first", "second"]
    [blob] = [file for file in (tmp_path / "root/models/blobs").iterdir() if file.stat().st_size == 4096]
    assert blob.read_bytes().startswith(b"GGUF")
    assert machine.running == {}
