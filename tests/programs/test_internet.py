"""The test internet: public names on an address of their own, by TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from testnode.internet.exchange import Request, Response
from testnode.internet.server import TRUSTED, Internet, internet
from testnode.standin import StandIn

pytestmark = pytest.mark.needs("openssl")

HERE = "127.0.0.1"


def echo(request: Request) -> Response:
    return Response(headers={"X-Name": request.host}, body=request.body)


def stream(_request: Request) -> Response:
    return Response(headers={"Content-Type": "text/event-stream"}, stream=iter((b"data: 1\n\n", b"data: 2\n\n")))


@pytest.fixture
def running() -> Iterator[Internet]:
    with internet({"echo.example": echo, "stream.example": stream}, HERE, port=0) as net:
        yield net


@contextmanager
def connected(net: Internet, name: str) -> Iterator[HTTPSConnection]:
    """Connect as a client that looked the name up."""
    context = ssl.create_default_context(cadata=net.authority)
    connection = HTTPSConnection(name, timeout=10)
    plain = socket.create_connection((net.hosts.get(name, HERE), net.port), timeout=10)
    connection.sock = context.wrap_socket(plain, server_hostname=name)
    try:
        yield connection
    finally:
        connection.close()


def test_a_name_is_answered_by_its_site_under_a_certificate_for_it(running: Internet) -> None:
    with connected(running, "echo.example") as connection:
        for body in (b"one", b"two"):
            connection.request("POST", "/path?q=1", body, {"X-Key": "k"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["X-Name"], answer.read()) == (200, "echo.example", body)

    last = running.requests[-1]
    assert (last.method, last.host, last.path, last.body) == ("POST", "echo.example", "/path?q=1", b"two")
    assert last.headers["x-key"] == "k"


def test_the_length_is_told_without_the_body(running: Internet) -> None:
    with connected(running, "echo.example") as connection:
        connection.request("HEAD", "/", b"four", {"Content-Length": "4"})
        answer = connection.getresponse()
        assert (answer.headers["Content-Length"], answer.read()) == ("4", b"")


def test_a_stream_comes_in_pieces(running: Internet) -> None:
    with connected(running, "stream.example") as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert answer.read() == b"data: 1\n\ndata: 2\n\n"


def test_a_name_that_nobody_answers_for_has_no_certificate(running: Internet) -> None:
    with pytest.raises(ssl.SSLCertVerificationError), connected(running, "other.example"):
        pass


def test_a_request_for_another_name_on_a_connection_is_misdirected(running: Internet) -> None:
    with connected(running, "echo.example") as connection:
        connection.request("GET", "/", headers={"Host": "other.example"})
        assert connection.getresponse().status == 421


def test_a_client_that_stays_silent_holds_up_nobody(running: Internet) -> None:
    with socket.create_connection((HERE, running.port)), connected(running, "echo.example") as connection:
        connection.request("GET", "/")
        assert connection.getresponse().status == 200


def test_it_may_begin_before_its_address_is_there() -> None:
    with internet({"echo.example": echo}, "203.0.113.99", port=0) as net:
        assert net.hosts == {"echo.example": "203.0.113.99"}


def test_a_stand_in_that_trusts_it_trusts_nobody_else() -> None:
    net = Internet(hosts={}, port=443, authority="PEM", requests=[])
    trusting = net.trusted_by(StandIn("example.org/image", "program", env={"A": "b"}, files={"/x": Path("y")}))

    assert trusting == StandIn(
        "example.org/image",
        "program",
        env={"A": "b", "SSL_CERT_FILE": TRUSTED, "REQUESTS_CA_BUNDLE": TRUSTED},
        files={"/x": Path("y"), "/etc/ssl/certs/ca-certificates.crt": "PEM"},
        reasons=("it trusts the authority of the test internet and no other",),
    )
