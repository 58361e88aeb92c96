"""Hugging Face's site, as the test internet answers for it."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus

import pytest

from testnode.internet.exchange import Request, Response
from testnode.internet.hugging_face import HUB, STORE, HuggingFace, Repository

REVISION = "6e8885a6ff5c1dc5201574c8fd700323f23c25fa"
CONFIG, WEIGHTS = b"{}\n", b"01234567"
# What git names the file: `printf '{}\n' | git hash-object --stdin`.
CONFIG_OBJECT = "0967ef424bce6791893e9a57bb952f80fd536e93"
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()
SITE = HuggingFace({"owner/model": Repository(REVISION, {"config.json": CONFIG, "model.safetensors": WEIGHTS})})


def ask(host: str, path: str, method: str = "GET") -> Response:
    return SITE.sites[host](Request(method, host, path))


def test_a_repository_lists_its_files_with_their_digests() -> None:
    answer = ask(HUB, f"/api/models/owner/model/tree/{REVISION}?recursive=true&expand=false")
    assert json.loads(answer.body) == [
        {"type": "file", "path": "config.json", "size": 3, "oid": CONFIG_OBJECT},
        {
            "type": "file",
            "path": "model.safetensors",
            "size": 8,
            "oid": hashlib.sha1(b"blob 8\0" + WEIGHTS, usedforsecurity=False).hexdigest(),
            "lfs": {"oid": DIGEST, "size": 8, "pointerSize": 134},
        },
    ]


def test_a_small_file_comes_from_the_hub() -> None:
    headers = {"X-Repo-Commit": REVISION, "ETag": f'"{CONFIG_OBJECT}"'}
    assert ask(HUB, f"/owner/model/resolve/{REVISION}/config.json") == Response(headers=headers, body=CONFIG)


def test_weights_are_measured_at_the_hub_and_fetched_from_the_store() -> None:
    assert ask(HUB, f"/owner/model/resolve/{REVISION}/model.safetensors", "HEAD") == Response(
        HTTPStatus.FOUND,
        {
            "X-Repo-Commit": REVISION,
            "X-Linked-ETag": f'"{DIGEST}"',
            "X-Linked-Size": "8",
            "Location": f"https://{STORE}/{DIGEST}",
        },
    )
    assert ask(STORE, f"/{DIGEST}") == Response(body=WEIGHTS)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (HUB, f"/api/models/owner/other/tree/{REVISION}"),
        (HUB, f"/api/models/owner/model/tree/{'0' * 40}"),
        (HUB, "/api/models/owner/model/tree/main"),
        (HUB, f"/owner/model/resolve/{REVISION}/other.json"),
        (HUB, f"/owner/model/resolve/{'0' * 40}/config.json"),
        (HUB, "/api/agent-harnesses"),
        (STORE, f"/{'0' * 64}"),
    ],
)
def test_what_is_not_there_is_not_found(host: str, path: str) -> None:
    assert ask(host, path).status == HTTPStatus.NOT_FOUND
