"""A cluster's web door without a cluster: nginx in a pod, and a Service's address that leads there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from testnode.patience import until
from testnode.programs.ingress_nginx import nginx
from tests.host.namespaces import Namespace, connect, namespaces
from tests.host.reach import Port, Protocol, reached
from tests.nginx import configuration

SERVICE: Final = "10.43.0.80"
_POD: Final = "10.42.0.5"
_BRIDGE: Final = "10.42.0.1"

_SERVERS: Final = """\
  server {{ listen 8080 default_server; return 404; }}
  server {{
    listen 8080;
    server_name {names};
    location / {{
      proxy_pass http://127.0.0.1:9000;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_set_header Host $host;
      proxy_set_header Client $remote_addr;
    }}
  }}
"""


@dataclass(frozen=True)
class Site:
    """What is behind the door."""

    rest: threading.Event = field(default_factory=threading.Event)
    """Set it, and a stream sends what it has not sent yet."""


@contextmanager
def site(host: Namespace, folder: Path, names: tuple[str, ...]) -> Iterator[Site]:
    """Serve names at the ingress Service's address, as pods of the host do, until the block ends."""
    folder.mkdir()
    with namespaces("ingress") as (pod,), _backend(pod) as made:
        connect(host, "cni0", pod, "eth0")
        host.ip(f"address add {_BRIDGE}/24 dev cni0")
        pod.ip(f"address add {_POD}/24 dev eth0", f"route add default via {_BRIDGE}")
        # As kube-proxy does for what comes from no pod: https://kubernetes.io/docs/reference/networking/virtual-ips/
        nat = ("iptables", "-w", "-t", "nat", "-A")
        host.run(*nat, "OUTPUT", "-d", SERVICE, "-p", "tcp", "--dport", "80", "-j", "DNAT", "--to", f"{_POD}:8080")
        host.run(*nat, "POSTROUTING", "!", "-s", _POD, "-d", _POD, "-j", "MASQUERADE")
        (folder / "nginx.conf").write_text(configuration(folder, _SERVERS.format(names=" ".join(names))))
        log = folder / "nginx.log"
        with pod.running(nginx().folder / "nginx", "-p", folder, "-c", folder / "nginx.conf", log=log):
            door = Port(Protocol.TCP, _POD, 8080)
            until(lambda: bool(reached(pod, [door])), 120, f"nginx listens ({log})")
            yield made


@contextmanager
def _backend(pod: Namespace) -> Iterator[Site]:
    made = Site()

    class Backend(BaseHTTPRequestHandler):
        """Tells the headers that came, or streams two events with a wait between."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer."""
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            if self.path == "/events":
                self.wfile.write(b"data: first\n\n")
                made.rest.wait(30)
                self.wfile.write(b"data: second\n\n")
            else:
                self.wfile.write(json.dumps(dict(self.headers)).encode())
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with pod.entered():
        server = ThreadingHTTPServer(("127.0.0.1", 9000), Backend)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.rest.set()
        server.shutdown()
        server.server_close()
