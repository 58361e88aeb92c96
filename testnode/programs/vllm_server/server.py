"""HTTP without TLS, a thread for each connection."""

from __future__ import annotations

from contextlib import suppress
from http.server import ThreadingHTTPServer

from testnode.internet.exchange import Site
from testnode.internet.handler import Handler


class Server(ThreadingHTTPServer):
    """Answers at a port of all addresses; port 0 takes any free one."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        super().__init__(("", port), _Handler)


class _Handler(Handler):
    server: Server

    def answer(self) -> None:
        """Pass the request on and send what comes."""
        request = self.receive()
        # Whoever goes away in the middle of an answer aborts the request, which is no fault of the server.
        with suppress(ConnectionError):
            self.send(self.server.site(request))

    do_GET = do_POST = answer  # noqa: N815 - http.server's names
