"""The controller's answer to a readiness probe."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Readiness:
    """Answers `/nginx-ready`: 503 until nginx has loaded the first configuration, then 200."""

    def __init__(self, port: int) -> None:
        self._loaded = threading.Event()
        server = ThreadingHTTPServer(("", port), _handler(self._loaded))
        threading.Thread(target=server.serve_forever, name="readiness", daemon=True).start()

    def set(self) -> None:
        """Say from now on that nginx serves."""
        self._loaded.set()


def _handler(loaded: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/nginx-ready":
                status = HTTPStatus.NOT_FOUND
            else:
                status = HTTPStatus.OK if loaded.is_set() else HTTPStatus.SERVICE_UNAVAILABLE
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Keep the probes out of the log."""

    return Handler
