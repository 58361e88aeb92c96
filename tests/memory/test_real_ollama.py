"""The real Ollama, on the processor, takes what the plan says of context, requests and cache."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from ailab.memory.cache import FileCache, cells
from ailab.memory.engines import reading_batch
from ailab.memory.model import described
from infra.process import start
from testnode.internet.exchange import Request
from testnode.internet.model_registry import REGISTRY, STORE, ModelRegistry
from testnode.internet.tiny_model import CONTEXT, HEADS, WIDTH, chat_model
from testnode.programs.ollama import ollama

ENGINE, PROGRAM = ollama().recipes
NAME: Final = "tiny:1"
TOKENS: Final = 4096
PARALLEL: Final = 2
SECONDS: Final = 60
BUFFER: Final = re.compile(r"KV buffer size = +([0-9.]+) MiB")

pytestmark = pytest.mark.node  # needs no node, but a program of its tier


@dataclass(frozen=True)
class Answer:
    """What a running Ollama says of a model after its first answer."""

    loaded: dict[str, Any]
    log: str


def _store(folder: Path) -> None:
    """Lay a model down as `ollama pull` would."""
    registry = ModelRegistry({NAME: chat_model("hello")})
    manifest = registry.sites[REGISTRY](
        Request("GET", REGISTRY, f"/v2/library/{NAME.replace(':', '/manifests/')}")
    ).body
    place = folder / "manifests" / REGISTRY / "library" / NAME.replace(":", "/")
    place.parent.mkdir(parents=True)
    place.write_bytes(manifest)
    (folder / "blobs").mkdir()
    named = json.loads(manifest)
    for part in (named["config"], *named["layers"]):
        blob = registry.sites[STORE](Request("GET", STORE, f"/{part['digest']}")).body
        (folder / "blobs" / part["digest"].replace(":", "-")).write_bytes(blob)


@pytest.fixture(params=[*FileCache])
def answered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[FileCache, Answer]]:
    """Run Ollama as a lab with this type of cache does, and ask it once."""
    cache: FileCache = request.param
    _store(tmp_path / "models")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        "HOME": str(tmp_path),
        "OLLAMA_HOST": address,
        "OLLAMA_MODELS": str(tmp_path / "models"),
        "OLLAMA_NO_CLOUD": "1",
        "OLLAMA_CONTEXT_LENGTH": str(TOKENS),
        "OLLAMA_NUM_PARALLEL": str(PARALLEL),
        "OLLAMA_FLASH_ATTENTION": "1",
        "OLLAMA_KV_CACHE_TYPE": cache,
        "OLLAMA_MAX_LOADED_MODELS": "1",
        "LLAMA_ARG_FIT_TARGET": "454",
    }
    log = tmp_path / "log"
    server = start([PROGRAM.folder / "bin" / "ollama", "serve"], env=environment, log=log)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=SECONDS, trust_env=False) as client:
            _await(client)
            question = {"model": NAME, "prompt": "hi", "stream": False}
            client.post("/api/generate", json=question).raise_for_status()
            [loaded] = client.get("/api/ps").json()["models"]
        yield cache, Answer(loaded, log.read_text(encoding="utf-8"))
    finally:
        server.terminate()
        server.wait(SECONDS)


def _await(client: httpx.Client) -> None:
    for _ in range(10 * SECONDS):
        try:
            client.get("/api/version").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("Ollama does not answer")


def test_context_requests_batch_and_cache_are_those_of_the_plan(answered: tuple[FileCache, Answer]) -> None:
    cache, answer = answered
    assert answer.loaded["context_length"] == TOKENS
    batch = reading_batch(TOKENS * PARALLEL)
    assert f"-c {TOKENS * PARALLEL} -np {PARALLEL}" in answer.log
    assert f"-b {batch} -ub {batch}" in answer.log
    model = described(weights=1, layers=1, kv_heads=HEADS, head_dim=WIDTH // HEADS, context=CONTEXT)
    planned = cells(model.cache, cache, context=TOKENS, parallel=PARALLEL, batch=batch) * 1024
    assert sum(map(float, BUFFER.findall(answer.log))) == pytest.approx(planned, abs=0.01)
