"""A backend that shows what an ingress does on the way: runs in a pod, on the standard library alone."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Backend(BaseHTTPRequestHandler):
    """Answers with events, with an upgrade, or with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Stream three events, agree to an upgrade, or tell the headers."""
        if self.path == "/events":
            self._events()
        elif self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Upgrade", self.headers["Upgrade"])
            self.send_header("Connection", "Upgrade")
            self.end_headers()
        else:
            self._answer(dict(self.headers))

    def do_POST(self) -> None:
        """Tell how much came."""
        self._answer(len(self.rfile.read(int(self.headers["Content-Length"]))))

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(3):
            self.wfile.write(f"data: {number}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.5)
        self.close_connection = True

    def _answer(self, content: object) -> None:
        text = json.dumps({"path": self.path, "content": content}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Backend).serve_forever()
