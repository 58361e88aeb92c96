"""HTTP without TLS, a thread for each connection."""

from __future__ import annotations

from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from testnode.internet.exchange import Request, Response, Site

IDLE_TIMEOUT_S = 60.0


class Server(ThreadingHTTPServer):
    """Answers at a port of all addresses; port 0 takes any free one."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        super().__init__(("", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = IDLE_TIMEOUT_S
    server: Server

    def answer(self) -> None:
        """Pass the request on and send what comes."""
        request = Request(
            method=self.command,
            host=self.headers.get("Host", "").partition(":")[0],
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
        )
        # Whoever goes away in the middle of an answer aborts the request, which is no fault of the server.
        with suppress(ConnectionError):
            self._send(self.server.site(request))

    do_GET = do_POST = answer  # noqa: N815 - http.server's names

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.stream is None:
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in response.stream:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
