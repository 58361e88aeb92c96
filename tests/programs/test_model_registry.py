"""Ollama's registry, as the test internet answers for it."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus

import pytest

from testnode.internet.exchange import Request, Response
from testnode.internet.model_registry import REGISTRY, STORE, ModelRegistry, answer_of, tiny_models

MODEL = b"0123456789"
DIGEST = f"sha256:{hashlib.sha256(MODEL).hexdigest()}"
NOT_FOUND = Response(
    HTTPStatus.NOT_FOUND,
    {"Content-Type": "application/json"},
    b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "not found"}]}',
)


@pytest.fixture
def registry() -> ModelRegistry:
    return ModelRegistry({"tiny:1b": MODEL, "someone/tiny:2b": MODEL})


def ask(registry: ModelRegistry, host: str, path: str, method: str = "GET", **headers: str) -> Response:
    return registry.sites[host](Request(method, host, path, headers))


@pytest.mark.parametrize("path", ["library/tiny/manifests/1b", "someone/tiny/manifests/2b"])
def test_a_manifest_names_the_model_and_a_config(registry: ModelRegistry, path: str) -> None:
    manifest = json.loads(ask(registry, REGISTRY, f"/v2/{path}").body)
    config = manifest["config"].pop("digest"), manifest["config"].pop("size")

    assert manifest == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json"},
        "layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": DIGEST, "size": 10}],
    }
    content = ask(registry, STORE, f"/{config[0]}").body
    assert (f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)) == config


def test_a_blob_is_measured_at_the_registry_and_fetched_from_the_store(registry: ModelRegistry) -> None:
    blob = f"/v2/library/tiny/blobs/{DIGEST}"
    assert ask(registry, REGISTRY, blob, "HEAD") == Response(body=MODEL)
    assert ask(registry, REGISTRY, blob) == Response(
        HTTPStatus.TEMPORARY_REDIRECT, {"Location": f"https://blobs.ollama.test/{DIGEST}"}
    )
    assert ask(registry, STORE, f"/{DIGEST}") == Response(body=MODEL)


@pytest.mark.parametrize(
    ("wanted", "span", "part"),
    [("bytes=2-4", "bytes 2-4/10", b"234"), ("bytes=8-99", "bytes 8-9/10", b"89")],
)
def test_the_store_gives_parts_of_a_blob(registry: ModelRegistry, wanted: str, span: str, part: bytes) -> None:
    answer = ask(registry, STORE, f"/{DIGEST}", range=wanted)
    assert answer == Response(HTTPStatus.PARTIAL_CONTENT, {"Content-Range": span}, part)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (REGISTRY, "/v2/library/tiny/manifests/3b"),
        (REGISTRY, "/v2/library/tiny/blobs/sha256:00"),
        (REGISTRY, f"/v2/library/tiny/blobs/sha256:{'0' * 64}"),
        (REGISTRY, "/"),
        (STORE, f"/sha256:{'0' * 64}"),
    ],
)
def test_what_is_not_there_is_not_found(registry: ModelRegistry, host: str, path: str) -> None:
    assert ask(registry, host, path) == NOT_FOUND


def test_models_are_told_apart_by_their_answers_and_those_named_embed_embed() -> None:
    models = tiny_models(("llama3.1:8b", "nomic-embed-text:v1.5"))
    assert list(models) == ["llama3.1:8b", "nomic-embed-text:v1.5"]
    assert answer_of("llama3.1:8b") == "This is llama3.1:8b."
    assert [b"pooling_type" in model for model in models.values()] == [False, True]
