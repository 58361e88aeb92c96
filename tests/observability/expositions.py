"""What programs show to Prometheus, kept in files: at one moment and again a while later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "fixtures/metrics"
JOBS: Final = tuple(sorted(folder.name for folder in FOLDER.iterdir()))
# Prometheus refuses an answer whose kind it does not know.
KIND: Final = "text/plain; version=0.0.4; charset=utf-8"


class Programs:
    """Serves each job's metrics at `/<job>`: those from before, until `work`."""

    def __init__(self, server: ThreadingHTTPServer, worked: Event) -> None:
        self.port = server.server_port
        self._worked = worked

    def work(self) -> None:
        """Let time pass: requests were answered, values changed."""
        self._worked.set()


@contextmanager
def programs() -> Iterator[Programs]:
    """Serve the metrics on a free port of this machine."""
    worked = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            moment = "after" if worked.is_set() else "before"
            content = (FOLDER / self.path.strip("/") / f"{moment}.prom").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", KIND)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            """Say nothing: Prometheus scrapes often."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Programs(server, worked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
