"""Hugging Face's site, as far as `huggingface_hub.snapshot_download` uses it for a repository at a commit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from testnode.internet.exchange import Request, Response, Site

HUB = "huggingface.co"
STORE = "cas-bridge.xethub.hf.co"
"""The hub sends clients to another host for large files."""

LARGE = ".safetensors"
_TREE = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)/tree/(?P<revision>[0-9a-f]{40})")
_FILE = re.compile(r"/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[0-9a-f]{40})/(?P<path>.+)")


@dataclass(frozen=True)
class Repository:
    """A model repository at one commit: its files by their path."""

    revision: str
    files: Mapping[str, bytes]


class HuggingFace:
    """The hub and its store, with some public repositories."""

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        """Publish repositories, each under its `owner/name`."""
        self._repositories = repositories
        self._large = {
            _sha256(content): content
            for repository in repositories.values()
            for path, content in repository.files.items()
            if path.endswith(LARGE)
        }

    @property
    def sites(self) -> Mapping[str, Site]:
        """Both hosts."""
        return {HUB: self._hub, STORE: self._store}

    def _hub(self, request: Request) -> Response:
        path = unquote(request.path.partition("?")[0])
        if found := _TREE.fullmatch(path):
            repository = self._found(found)
            return _missing(found["name"]) if repository is None else _listing(repository)
        found = _FILE.fullmatch(path)
        repository = self._found(found) if found else None
        if not found or repository is None or found["path"] not in repository.files:
            return _missing(path)
        return _file(repository, found["path"])

    def _found(self, asked: re.Match[str]) -> Repository | None:
        repository = self._repositories.get(asked["name"])
        return repository if repository and repository.revision == asked["revision"] else None

    def _store(self, request: Request) -> Response:
        content = self._large.get(request.path.removeprefix("/"))
        return _missing(request.path) if content is None else Response(body=content)


def _listing(repository: Repository) -> Response:
    entries = [_entry(path, content) for path, content in repository.files.items()]
    return Response(headers={"Content-Type": "application/json"}, body=json.dumps(entries).encode())


def _entry(path: str, content: bytes) -> Mapping[str, object]:
    entry = {"type": "file", "path": path, "size": len(content), "oid": _git_object(content)}
    if path.endswith(LARGE):
        return entry | {"lfs": {"oid": _sha256(content), "size": len(content), "pointerSize": 134}}
    return entry


def _file(repository: Repository, path: str) -> Response:
    content = repository.files[path]
    commit = {"X-Repo-Commit": repository.revision}
    if not path.endswith(LARGE):
        return Response(headers=commit | {"ETag": f'"{_git_object(content)}"'}, body=content)
    digest = _sha256(content)
    linked = {"X-Linked-ETag": f'"{digest}"', "X-Linked-Size": str(len(content))}
    return Response(HTTPStatus.FOUND, commit | linked | {"Location": f"https://{STORE}/{digest}"})


def _missing(what: str) -> Response:
    headers = {"Content-Type": "application/json", "X-Error-Code": "RepoNotFound"}
    return Response(HTTPStatus.NOT_FOUND, headers, json.dumps({"error": f"{what} not found"}).encode())


def _git_object(content: bytes) -> str:
    """Name a file as git does, and the hub with it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
