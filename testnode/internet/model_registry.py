"""Ollama's public registry of models, as far as `ollama pull` uses it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from testnode.internet.exchange import Request, Response, Site
from testnode.internet.tiny_model import chat_model, embedding_model

REGISTRY = "registry.ollama.ai"
STORE = "blobs.ollama.test"
"""The registry sends clients to another host for everything large; `ollama pull` insists on that."""

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
MODEL_TYPE = "application/vnd.ollama.image.model"

_MANIFEST = re.compile(r"/v2/(?P<repository>.+)/manifests/(?P<tag>[^/]+)")
_BLOB = re.compile(r"/v2/.+/blobs/(?P<digest>sha256:[0-9a-f]{64})")
_RANGE = re.compile(r"bytes=(?P<first>\d+)-(?P<last>\d+)")


def tiny_models(names: Iterable[str]) -> dict[str, bytes]:
    """Return a model for each name: it says its name when it is asked; those named `embed` embed."""
    return {name: embedding_model(name) if "embed" in name else chat_model(answer_of(name)) for name in names}


def answer_of(name: str) -> str:
    """Return what the tiny chat model of that name answers."""
    return f"This is {name}."


class ModelRegistry:
    """The registry and its store, with some models."""

    def __init__(self, models: Mapping[str, bytes]) -> None:
        """Publish models.

        Args:
            models: name as in `ollama pull NAME`, with a tag -> content of the GGUF file.

        """
        self._manifests: dict[str, bytes] = {}
        self._blobs: dict[str, bytes] = {}
        for name, model in models.items():
            self._publish(name, model)

    @property
    def sites(self) -> Mapping[str, Site]:
        """Both hosts."""
        return {REGISTRY: self._registry, STORE: self._store}

    def _publish(self, name: str, model: bytes) -> None:
        config = {
            "model_format": "gguf",
            "model_family": "llama",
            "model_families": ["llama"],
            "model_type": "0.1M",
            "file_type": "F32",
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [_digest(model)]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": self._add(CONFIG_TYPE, json.dumps(config).encode()),
            "layers": [self._add(MODEL_TYPE, model)],
        }
        self._manifests[_path(name)] = json.dumps(manifest).encode()

    def _add(self, media_type: str, blob: bytes) -> dict[str, str | int]:
        """Put a blob into the store; return how a manifest names it."""
        digest = _digest(blob)
        self._blobs[digest] = blob
        return {"mediaType": media_type, "digest": digest, "size": len(blob)}

    def _registry(self, request: Request) -> Response:
        if found := _MANIFEST.fullmatch(request.path):
            manifest = self._manifests.get(f"{found['repository']}:{found['tag']}")
            return _missing() if manifest is None else Response(headers={"Content-Type": MANIFEST_TYPE}, body=manifest)
        found = _BLOB.fullmatch(request.path)
        blob = self._blobs.get(found["digest"]) if found else None
        if not found or blob is None:
            return _missing()
        if request.method == "HEAD":
            return Response(body=blob)
        return Response(HTTPStatus.TEMPORARY_REDIRECT, {"Location": f"https://{STORE}/{found['digest']}"})

    def _store(self, request: Request) -> Response:
        blob = self._blobs.get(request.path.removeprefix("/"))
        if blob is None:
            return _missing()
        wanted = _RANGE.fullmatch(request.headers.get("range", ""))
        if not wanted:
            return Response(body=blob)
        first, last = int(wanted["first"]), min(int(wanted["last"]), len(blob) - 1)
        span = {"Content-Range": f"bytes {first}-{last}/{len(blob)}"}
        return Response(HTTPStatus.PARTIAL_CONTENT, span, blob[first : last + 1])


def _missing() -> Response:
    error = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "not found"}]}
    return Response(HTTPStatus.NOT_FOUND, {"Content-Type": "application/json"}, json.dumps(error).encode())


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _path(name: str) -> str:
    """Return the name as the registry has it: those without an owner are in its library."""
    return name if "/" in name else f"library/{name}"
