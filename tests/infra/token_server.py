"""A server of tokens for a registry: to everybody, for the scopes that it knows, signed as the registry wants it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from infra import process

SERVICE: Final = "registry.test"
ISSUER: Final = "tokens.test"
SECONDS: Final = 30


@dataclass(frozen=True)
class TokenServer:
    """A running token server.

    Attributes:
        address: where tokens are asked for.
        folder: of its key and certificate.
        public: the repositories that everybody may pull from.
        asked: service and scope of each request so far.

    """

    address: str
    folder: Path
    public: frozenset[str]
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def login(self) -> Mapping[str, str]:
        """What a registry must know to believe this server and no other."""
        certificate = str(self.folder / "tokens.crt")
        return {"realm": self.address, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": certificate}

    def answer(self, service: str, scope: str) -> str | None:
        """Return a token for a scope, or None where it is not for everybody."""
        self.asked.append((service, scope))
        kind, name, actions = scope.split(":")
        if (service, kind, actions) != (SERVICE, "repository", "pull") or name not in self.public:
            return None
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": service,
            "sub": "",
            "exp": now + SECONDS,
            "nbf": now - SECONDS,
            "access": [{"type": kind, "name": name, "actions": [actions]}],
        }
        return self._signed(claims)

    def _signed(self, claims: Mapping[str, object]) -> str:
        certificate = (self.folder / "tokens.crt").read_text(encoding="ascii")
        body = "".join(line for line in certificate.splitlines() if not line.startswith("-"))
        text = f"{_encoded({'typ': 'JWT', 'alg': 'RS256', 'x5c': [body]})}.{_encoded(claims)}"
        signature = self.folder / "signature"
        words = ("openssl", "dgst", "-sha256", "-sign", self.folder / "tokens.key", "-out", signature)
        process.run(words, stdin=text, timeout=SECONDS)
        return f"{text}.{_base64(signature.read_bytes())}"


@contextmanager
def token_server(folder: Path, *public: str) -> Iterator[TokenServer]:
    """Run a token server with a new key."""
    subject = ("-subj", f"/CN={ISSUER}", "-days", "1", "-nodes")
    files = ("-keyout", folder / "tokens.key", "-out", folder / "tokens.crt")
    process.run(("openssl", "req", "-x509", "-newkey", "rsa:2048", *subject, *files), timeout=SECONDS)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            token = server.answer(query["service"], query["scope"])
            content = json.dumps({"token": token} if token else {"errors": [{"code": "DENIED"}]}).encode()
            self.send_response(200 if token else 403)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = TokenServer(f"http://127.0.0.1:{http.server_port}/token", folder, frozenset(public))
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            http.shutdown()


def _encoded(value: Mapping[str, object]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")
