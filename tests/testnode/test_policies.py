"""NetworkPolicies on the running node, and the addresses beyond it that stand for the internet."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from testnode.node import Node
from testnode.patience import until
from tests.testnode.conftest import LISTENER
from tests.testnode.pods import NAMESPACE, Object, Pod, apply, execute, server, start

pytestmark = pytest.mark.node

PORT = 8443
REFUSED = 1
API_SERVICE = "10.43.0.1:443"


class _Answer(BaseHTTPRequestHandler):
    """Says from which address it was asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def outside() -> Iterator[None]:
    """Listen on this machine, on all its addresses."""
    listener = ThreadingHTTPServer(("0.0.0.0", PORT), _Answer)  # noqa: S104 - on the test's own and the node's link
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield
    listener.shutdown()
    listener.server_close()
    thread.join()


def _policy(name: str, app: str | None, **rules: object) -> Object:
    selector: Object = {"matchLabels": {"app": app}} if app else {}
    types = [direction.capitalize() for direction in rules]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"podSelector": selector, "policyTypes": types, **rules},
    }


def _app(name: str) -> Object:
    return {"podSelector": {"matchLabels": {"app": name}}}


DENY = _policy("deny", None, ingress=[], egress=[])
DNS = _policy("dns", None, egress=[{"to": [{"namespaceSelector": {}}], "ports": [{"port": 53, "protocol": "UDP"}]}])
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
INTERNET = _policy("internet", "asker", egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}}]}])
TO_SERVER = _policy("out", "asker", egress=[{"to": [_app("answerer")], "ports": [{"port": 8080}]}])
FROM_ASKER = _policy("in", "answerer", ingress=[{"from": [_app("asker")], "ports": [{"port": "http"}]}])


@pytest.fixture(scope="module", autouse=True)
def _pods(node: Node) -> None:
    service: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "answerer", "namespace": NAMESPACE},
        "spec": {"selector": {"app": "answerer"}, "ports": [{"port": 80, "targetPort": "http"}]},
    }
    apply(node, service)
    start(node, server("answerer"), Pod("asker"), Pod("stranger"))


@pytest.fixture(autouse=True)
def _no_policies(node: Node) -> Iterator[None]:
    yield
    node.kubectl("-n", NAMESPACE, "delete", "networkpolicies", "--all")
    until(lambda: _asks(node, "stranger") == (0, "answerer"), 60, "the policies are gone")


def _asks(node: Node, pod: str) -> tuple[int, str]:
    return execute(node, pod, "netprobe", "get", "http://answerer")


def _settles(node: Node, pod: str, expected: tuple[int, str]) -> None:
    """Wait until a change of policies is enforced."""
    until(lambda: _asks(node, pod) == expected, 60, f"{pod} gets {expected}")


def _reaches(node: Node, pod: str, address: str) -> bool:
    return execute(node, pod, "netprobe", "tcp", address)[0] == 0


def test_default_deny_stops_all(node: Node) -> None:
    apply(node, DENY)
    _settles(node, "asker", (REFUSED, ""))


def test_what_both_ends_permit_passes_and_nothing_else(node: Node) -> None:
    apply(node, DENY, DNS, TO_SERVER, FROM_ASKER)
    _settles(node, "asker", (0, "answerer"))
    assert _asks(node, "stranger") == (REFUSED, "")


@pytest.mark.parametrize("half", [TO_SERVER, FROM_ASKER])
def test_one_end_alone_is_not_enough(node: Node, half: Object) -> None:
    apply(node, DENY, DNS, half)
    _settles(node, "stranger", (REFUSED, ""))
    assert _asks(node, "asker") == (REFUSED, "")


def test_the_kubelet_reaches_an_isolated_pod(node: Node) -> None:
    apply(node, DENY)
    _settles(node, "asker", (REFUSED, ""))
    node.kubectl("-n", NAMESPACE, "wait", "pod/answerer", "--for=condition=Ready", "--timeout=5s")
    node.kubectl("-n", NAMESPACE, "delete", "pod", "answerer")
    start(node, server("answerer"))


@pytest.mark.usefixtures("outside")
def test_a_pod_reaches_the_test_internet_by_name_from_the_nodes_address(node: Node) -> None:
    url = f"http://registry.example:{PORT}"
    assert execute(node, "asker", "netprobe", "get", url) == (0, node.layout.address)
    assert execute(node, "asker", "netprobe", "dns", "registry.example") == (0, f"[{LISTENER}]")


@pytest.mark.usefixtures("outside")
def test_the_internet_without_private_addresses_is_just_that(node: Node) -> None:
    apply(node, DENY, DNS, INTERNET)
    _settles(node, "stranger", (REFUSED, ""))
    until(lambda: _reaches(node, "asker", f"{LISTENER}:{PORT}"), 60, "asker reaches the internet")
    targets = (f"{LISTENER}:{PORT}", f"{node.layout.outer_address}:{PORT}", f"{node.layout.address}:6443")
    assert [_reaches(node, "asker", target) for target in targets] == [True, False, False]
    assert not _reaches(node, "stranger", targets[0])
    assert _asks(node, "asker") == (REFUSED, "")


def test_the_api_server_is_reached_only_where_a_policy_says_so(node: Node) -> None:
    api = _policy("api", "asker", egress=[{"ports": [{"port": 6443}]}])
    apply(node, DENY, api)
    _settles(node, "stranger", (REFUSED, ""))
    until(lambda: _reaches(node, "asker", API_SERVICE), 60, "asker reaches the API server")
    assert not _reaches(node, "stranger", API_SERVICE)
