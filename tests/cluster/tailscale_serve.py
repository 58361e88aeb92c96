"""What `tailscale serve` does on the lab's host: HTTPS under the public names, forwarded with its headers.

Tailscale itself has not run here: nginx ends the TLS, a certificate authority of the test has signed.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from infra import process
from testnode.certificates import Authority, Usage
from testnode.patience import until
from testnode.programs.ingress_nginx import nginx
from tests.cluster.running import RunningLab
from tests.nginx import configuration

SERVICES: Final = ("openwebui", "litellm", "phoenix", "grafana")
HTTPS: Final = 443
CLIENT: Final = "100.101.102.103"

# Tailscale offers HTTP/2, keeps the host, and forwards each piece of an answer at once. Its headers:
# https://tailscale.com/kb/1312/serve#identity-headers
SERVER: Final = """\
  map $http_upgrade $onward {{ default upgrade; "" close; }}
  server {{
    listen {address}:{port} ssl;
    http2 on;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    client_max_body_size 0;
    location / {{
      proxy_pass {door};
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 1h;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $onward;
      proxy_set_header X-Forwarded-For {client};
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header Tailscale-User-Login owner@example.org;
      proxy_set_header Tailscale-User-Name Owner;
    }}
  }}
"""


@contextmanager
def served(lab: RunningLab, folder: Path) -> Iterator[Path]:
    """Serve the lab's public names on port 443 of its node, until the block ends.

    Yields the certificate of the authority, as a PEM file, that a browser must trust.

    Raises:
        LabError: openssl failed, or nginx did not start.

    """
    names = [name for service in SERVICES for name in lab.spec.hosts(service)]
    authority = Authority.create(folder, "tailnet")
    pair = authority.issue("door", "/CN=tailnet-door", Usage.SERVER, names)
    here = (lab.node.layout.address, HTTPS)
    server = SERVER.format(
        address=here[0],
        port=here[1],
        certificate=pair.certificate,
        key=pair.key,
        door=lab.door,
        client=CLIENT,
    )
    (folder / "nginx.conf").write_text(configuration(folder, server))
    # The node's own process, as tailscaled is: the port is the node's and no other's.
    words = lab.node.entering(nginx().folder / "nginx", "-p", folder, "-c", folder / "nginx.conf")
    running = process.start(words, log=folder / "nginx.log")
    try:
        until(lambda: _listens(here), 120, f"nginx listens on {here[0]}:{here[1]} ({folder / 'nginx.log'})")
        yield authority.own.certificate
    finally:
        # The process that was started is nsenter, which passes no signal on.
        process.run((*words, "-s", "stop"), timeout=120, check=False)
        running.wait(timeout=120)


def _listens(address: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False
