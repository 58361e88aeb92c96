"""The fakes over HTTP: each call is judged by the contract, counted, and may go wrong as the test says."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from tests.cloud.fake import digital_ocean, tailscale
from tests.cloud.fake.contract import contract
from tests.cloud.fake.digital_ocean import Answer, Call
from tests.cloud.fake.world import Json, World

HANG_S: Final = 30.0


class Fault(Enum):
    """What goes wrong with a call: before it is carried out, or after."""

    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    ERROR_BEFORE = "500 before"
    ERROR_AFTER = "500 after"
    TRUNCATED = "answer truncated"
    BUSY = "429"
    HANG = "hang"
    REDIRECT = "302"


DONE: Final = {Fault.CUT_AFTER, Fault.ERROR_AFTER, Fault.TRUNCATED}
"""The faults of what was carried out."""
Faults: TypeAlias = Callable[[int], Fault | None]
"""What goes wrong with the call of that number, from 0."""


@dataclass
class Site:
    """What the server shows now: a test gives it another world for each case.

    Attributes:
        world: what there is.
        faults: what goes wrong.
        machine: does a step of the machine for a process that is not the test's own, and returns what it says.

    """

    world: World
    faults: Faults = lambda _number: None
    machine: Callable[[str, Json], str | None] | None = None
    calls: list[Call] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def mutating(self) -> list[str]:
        """What was asked for that changes something."""
        return [f"{call.method} {call.path}" for call in self.calls if call.changes]


class Server(ThreadingHTTPServer):
    """One server for all cases."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site: Site | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are part of the tests."""


@contextmanager
def running() -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body
    disable_nagle_algorithm = True
    server: Server

    def _answer(self) -> None:
        site = self.server.site
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if site is None:
            return
        with site.lock:
            call = self._call(body)
            if call.path == "/clock":
                site.world.clock.sleep(call.body["seconds"])
                self._send(site.world, 200, {"now": site.world.now.isoformat()}, None)
                return
            site.world.clock.sleep(site.world.pace.call)
            fault = site.faults(len(site.calls))
            site.calls.append(call)
            done = fault is None or fault in DONE
            status, answer = _act(site, call, has_body=bool(body)) if done else (500, None)
        self._send(site.world, status, answer, fault)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

    def _call(self, body: bytes) -> Call:
        url = urlsplit(self.path)
        form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        parsed = dict(parse_qsl(body.decode())) if form else json.loads(body or b"{}")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return Call(self.command, url.path, dict(parse_qsl(url.query)), parsed, token)

    def _send(self, world: World, status: int, answer: Mapping[str, object] | None, fault: Fault | None) -> None:
        match fault:
            case Fault.CUT_BEFORE | Fault.CUT_AFTER:
                self._cut()
                return
            case Fault.HANG:
                time.sleep(HANG_S)  # the client goes before
                return
            case Fault.ERROR_BEFORE | Fault.ERROR_AFTER:
                status, text = 500, b"<html>Internal Server Error</html>"
            case Fault.BUSY:
                status, text = 429, b'{"id": "too_many_requests", "message": "API Rate limit exceeded."}'
            case Fault.REDIRECT:
                status, text = 302, b'{"volume": {}, "droplet": {}}'
            case _:
                text = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Date", format_datetime(world.now + world.skew, usegmt=True))
        self.send_header("Content-Length", str(len(text)))
        if fault is Fault.BUSY:
            self.send_header("Retry-After", "0" if self.path.startswith("/api/") else "7")
        if fault is Fault.REDIRECT:
            self.send_header("Location", "/v2/elsewhere")
        self.end_headers()
        self.wfile.write(text[: len(text) // 2] if fault is Fault.TRUNCATED else text)
        if fault is Fault.TRUNCATED:
            self._cut()

    def _cut(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send no date but the fake's own."""
        self.send_response_only(code, message)

    def log_message(self, *_words: object) -> None:
        """Say nothing: a test reads `Site.calls`."""


def _act(site: Site, call: Call, *, has_body: bool) -> Answer:
    if call.path.startswith("/machine/") and site.machine:
        return 200, {"said": site.machine(call.path.removeprefix("/machine/"), call.body)}
    if call.path.startswith("/api/"):
        return tailscale.answer(site.world, call)
    judge = contract()
    body = call.body if has_body else None
    if judge and (wrong := judge.faults(call.method, call.path, call.query, body)):
        site.violations += wrong
        return 422, {"id": "unprocessable_entity", "message": wrong[0]}
    answer = digital_ocean.answer(site.world, call)
    if judge:
        site.violations += judge.answer_faults(call.method, call.path, *answer)
    return answer
