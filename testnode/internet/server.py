"""TLS servers under public names, on an address that pods take for one of the internet."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

from testnode.certificates import Authority, KeyPair, Usage
from testnode.internet.exchange import Request, Response, Site
from testnode.internet.handler import Handler

if TYPE_CHECKING:
    from testnode.standin import StandIn

HTTPS = 443
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
IP_FREEBIND = 15
"""Lets a socket listen on an address that the machine does not have yet: <linux/in.h>, no name in Python 3.11."""


@dataclass(frozen=True)
class Internet:
    """The running test internet.

    Attributes:
        hosts: every public name and its address, for `testnode.launch.Plan`.
        port: where they listen.
        authority: the certificate, as PEM, that its servers' certificates are signed with.
        requests: what was asked so far, by anybody.

    """

    hosts: Mapping[str, str]
    port: int
    authority: str
    requests: list[Request]

    def trusted_by(self, stand_in: StandIn) -> StandIn:
        """Return the stand-in with this internet's authority where its programs look for authorities."""
        return replace(
            stand_in,
            files={**stand_in.files, TRUSTED: self.authority},
            # Python's HTTP clients bring their own list unless they are told.
            env={**stand_in.env, "SSL_CERT_FILE": TRUSTED, "REQUESTS_CA_BUNDLE": TRUSTED},
            reasons=(*stand_in.reasons, "it trusts the authority of the test internet and no other"),
        )


@contextmanager
def internet(sites: Mapping[str, Site], address: str, port: int = HTTPS) -> Iterator[Internet]:
    """Answer for these host names until the block ends.

    The address need not be on this machine yet: a node that is started with `Internet.hosts` brings
    it. Port 0 takes any free one, which only makes sense on an address of this machine.

    Args:
        sites: host name -> who answers.
        address: the address of all names.
        port: where they listen.

    Raises:
        LabError: openssl failed.

    """
    with TemporaryDirectory() as folder:
        authority = Authority.create(Path(folder), "test-internet")
        pair = authority.issue("sites", "/CN=test-internet-sites", Usage.SERVER, tuple(sites))
        server = _Server((address, port), sites, pair)
        running = Internet(
            hosts=dict.fromkeys(sites, address),
            port=server.server_port,
            authority=authority.own.certificate.read_text(),
            requests=server.requests,
        )
    thread = Thread(target=server.serve_forever, name="test-internet", daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """Threads of their own end with the process: a client that holds its connection keeps nobody."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], sites: Mapping[str, Site], pair: KeyPair) -> None:
        self.sites = sites
        self.requests: list[Request] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        super().__init__(address, _Handler, bind_and_activate=False)
        self.socket.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        # The handshake is left to the connection's thread: a silent client must not hold up the others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.server_bind()
        self.server_activate()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away or do not trust us are part of the tests."""


class _Handler(Handler):
    server: _Server

    def answer(self) -> None:
        """Pass the request to its site and send what that answers."""
        request = self.receive()
        self.server.requests.append(request)
        site = self.server.sites.get(request.host)
        self.send(site(request) if site else Response(HTTPStatus.MISDIRECTED_REQUEST))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

    def log_message(self, *_words: object) -> None:
        """Say nothing: a test reads `Internet.requests`."""
