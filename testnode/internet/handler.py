"""One HTTP connection: requests in, responses out, whole or in pieces."""

from __future__ import annotations

import select
import socket
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

from testnode.internet.exchange import Request, Response

IDLE_TIMEOUT_S = 60.0


class Handler(BaseHTTPRequestHandler):
    """Reads requests and sends responses; what a request is answered with is the business of its children."""

    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = IDLE_TIMEOUT_S

    def receive(self) -> Request:
        """Read the request whose head has come."""
        return Request(
            method=self.command,
            host=self.headers.get("Host", "").partition(":")[0],
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            waits=self._waits,
        )

    def _waits(self) -> bool:
        """Say whether the client has not closed its side, from which no more is to come."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return not readable or bool(self.connection.recv(1, socket.MSG_PEEK))

    def send(self, response: Response) -> None:
        """Send the response, each piece of a stream when it comes."""
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.stream is None:
            self.send_header("Content-Length", str(len(response.body)))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.command == "HEAD":
            return
        if response.stream is None:
            self.wfile.write(response.body)
            return
        for piece in response.stream:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
