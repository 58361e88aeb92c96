"""The part of LiteLLM that keeps virtual keys, as it behaves in version 1.103.2 (key_management_endpoints.py)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, Any]]
MASTER_KEY = "sk-master0123456789"


@dataclass
class Keeper:
    """What the gateway knows. Keys are kept by their hash; deleted ones stay in an archive."""

    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    archive: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_ready: int = 0  # how many times it is asked before its database is there
    raced: bool = False  # another run registers each key a moment before
    refuses: str | None = None  # path that it refuses
    requests: list[str] = field(default_factory=list)  # as an access log has them

    def models(self, value: str) -> list[str] | None:
        """Give the models of a key, None for an unknown one."""
        row = self.keys.get(_hash(value))
        return row["models"] if row else None

    def answer(self, path: str, asked: Mapping[str, Any]) -> Answer:
        """Answer one request that has the master key."""
        if path == self.refuses:
            return 500, {"error": f"cannot do {path} for {asked}"}
        answers = {
            "/health/readiness": self._readiness,
            "/key/info": self._info,
            "/key/generate": self._generate,
            "/key/update": self._update,
            "/key/delete": self._delete,
        }
        return answers[path](asked)

    def _readiness(self, _: Mapping[str, Any]) -> Answer:
        self.not_ready -= 1
        return 200, {"db": "connected" if self.not_ready < 0 else "Not connected"}

    def _info(self, asked: Mapping[str, Any]) -> Answer:
        hashed = _hash(asked["key"])
        for rows, status in ((self.keys, "active"), (self.archive, "deleted")):
            if hashed in rows:
                return 200, {"key": asked["key"], "info": {**rows[hashed], "status": status}}
        return 404, {"error": "Key not found in database"}

    def _generate(self, asked: Mapping[str, Any]) -> Answer:
        row = {"key_alias": asked["key_alias"], "models": asked["models"]}
        if self.raced:
            self.keys[_hash(asked["key"])] = row
        if any(known["key_alias"] == asked["key_alias"] for known in self.keys.values()):
            return 400, {"error": f"Key with alias '{asked['key_alias']}' already exists."}
        self.keys[_hash(asked["key"])] = row
        return 200, {"key": asked["key"]}

    def _update(self, asked: Mapping[str, Any]) -> Answer:
        if _hash(asked["key"]) not in self.keys:
            return 404, {"error": "Key not found"}
        self.keys[_hash(asked["key"])] = {"key_alias": asked["key_alias"], "models": asked["models"]}
        return 200, {}

    def _delete(self, asked: Mapping[str, Any]) -> Answer:
        found = {hashed: row for hashed, row in self.keys.items() if row["key_alias"] in asked["key_aliases"]}
        self.archive |= found
        self.keys = {hashed: row for hashed, row in self.keys.items() if hashed not in found}
        return (200, {"deleted_keys": asked["key_aliases"]}) if found else (400, {"error": "no such key"})


@contextmanager
def serving(keeper: Keeper) -> Iterator[str]:
    """Serve on a free port; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: dict[str, Any]) -> None:
            keeper.requests.append(self.requestline)
            address = urlsplit(self.path)
            if self.headers["Authorization"] == f"Bearer {MASTER_KEY}":
                status, answer = keeper.answer(address.path, {**dict(parse_qsl(address.query)), **body})
            else:
                status, answer = 401, {"error": f"Received {self.headers['Authorization']}"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest() if value.startswith("sk-") else value
