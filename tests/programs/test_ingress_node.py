"""The ingress controller and Open WebUI in restricted pods of a real node."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from testnode.launch import Plan
from testnode.node import Node, running_node
from testnode.patience import until
from testnode.programs.ingress_nginx import ingress_nginx
from testnode.programs.open_webui import open_webui
from tests.programs.forwarding import forwarded

pytestmark = pytest.mark.node

NODE = 2  # beside the tests' own node and a person's
NAMESPACE = "web-test"
HERE = Path(__file__).parent
PODS = HERE / "manifests/web.yaml"
IMAGES = {
    "docker.io/nginx/nginx-ingress:5.5.4": ingress_nginx,
    "ghcr.io/open-webui/open-webui:v0.12.4": open_webui,
}
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@dataclass(frozen=True)
class Web:
    """The pods, and the ingress controller's port on this machine."""

    node: Node
    port: int

    def kubectl(self, *words: str | Path, stdin: str | None = None, timeout: float = 60) -> str:
        return self.node.kubectl("--namespace", NAMESPACE, *words, stdin=stdin, timeout=timeout).stdout

    def browser(self, host: str) -> httpx.Client:
        """Return a client that connects anew for each request: a reload of nginx ends the idle connections."""
        url, new = f"http://127.0.0.1:{self.port}", httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(base_url=url, headers={"Host": host}, limits=new, timeout=30)

    def logs(self, pod: str) -> str:
        """Return what a pod printed; nothing before it has started."""
        return self.node.kubectl("--namespace", NAMESPACE, "logs", pod, check=False).stdout

    def wait(self, name: str) -> None:
        self.kubectl("rollout", "status", f"deployment/{name}", "--timeout=400s", timeout=420)

    def annotate(self, ingress: str, *annotations: str) -> None:
        self.kubectl("annotate", "--overwrite", "ingress", ingress, *annotations)

    def events(self, ingress: str) -> list[str]:
        """Return the reason and the message of every event about an Ingress."""
        chosen = f"involvedObject.kind=Ingress,involvedObject.name={ingress}"
        listed = json.loads(self.kubectl("get", "events", "--field-selector", chosen, "--output=json"))
        return [f"{item['reason']}: {item['message']}" for item in listed["items"]]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running_node(Plan(images={name: program().stand_in for name, program in IMAGES.items()}), NODE) as node:
        node.kubectl("apply", "-f", PODS)
        node.kubectl("-n", NAMESPACE, "create", "configmap", "backend", f"--from-file={HERE / 'backend.py'}")
        for name in ("ingress", "backend", "open-webui"):
            Web(node, 0).wait(name)
        log = tmp_path_factory.mktemp("forward") / "log"
        with forwarded(node, NAMESPACE, "ingress", 80, log) as port:
            yield Web(node, port)


def test_a_host_that_no_ingress_names_is_404(web: Web) -> None:
    with web.browser("unknown.example") as browser:
        assert browser.get("/").status_code == 404


def test_a_path_that_no_rule_names_is_404_on_a_known_host(web: Web) -> None:
    with web.browser("backend.example") as browser:
        assert [browser.get(path).status_code for path in ("/", "/headers/x", "/events/x")] == [404, 200, 404]


def test_a_service_that_is_missing_is_502(web: Web) -> None:
    with web.browser("backend.example") as browser:
        assert browser.get("/missing").status_code == 502


def test_a_body_beyond_the_limit_is_413(web: Web) -> None:
    with web.browser("backend.example") as browser:
        sizes = (1024, 1025)
        assert [browser.post("/headers", content=b"x" * size).status_code for size in sizes] == [200, 413]


def test_the_backend_sees_the_host_and_the_scheme_but_not_the_version_of_nginx(web: Web) -> None:
    with web.browser("backend.example") as browser:
        answer = browser.get("/headers")
    seen = answer.json()["content"]
    assert (seen["Host"], seen["X-Forwarded-Host"], seen["X-Forwarded-Proto"], seen["X-Forwarded-Port"]) == (
        "backend.example",
        "backend.example",
        "http",
        "8080",
    )
    assert answer.headers["Server"] == "nginx"


def test_events_arrive_one_by_one(web: Web) -> None:
    with web.browser("backend.example") as browser, browser.stream("GET", "/events") as answer:
        times = [time.monotonic() for line in answer.iter_lines() if line]
    assert len(times) == 3
    assert min(after - before for before, after in pairwise(times)) > 0.3


def test_an_upgrade_is_dropped_unless_the_service_is_named(web: Web) -> None:
    with web.browser("backend.example") as browser:
        answer = browser.get("/headers", headers=UPGRADE)
    assert answer.status_code == 200
    assert "Upgrade" not in answer.json()["content"]


def test_a_websocket_reaches_open_webui(web: Web) -> None:
    with web.browser("chat.example") as browser:
        answer = browser.get("/ws/socket.io/?EIO=4&transport=websocket", headers=UPGRADE)
    assert answer.status_code == 101


def test_a_changed_annotation_is_served_within_seconds_and_a_bad_one_rejects_the_ingress(web: Web) -> None:
    with web.browser("backend.example") as browser:
        web.annotate("backend", "nginx.org/client-max-body-size=2k")
        until(lambda: browser.post("/headers", content=b"x" * 2000).status_code == 200, 60, "the new limit holds")
        web.annotate("backend", "nginx.org/client-max-body-size=2kb")
        until(lambda: browser.get("/headers").status_code == 404, 60, "the Ingress is rejected")
        web.annotate("backend", "nginx.org/client-max-body-size=1k")
        until(lambda: browser.get("/headers").status_code == 200, 60, "the Ingress is served again")
    fault = 'annotations.nginx.org/client-max-body-size: Invalid value: "2kb": must be an offset'
    assert f"Rejected: {NAMESPACE}/backend was rejected: {fault}" in web.events("backend")


def test_plain_http_is_sent_to_https_where_the_ingress_says_so(web: Web) -> None:
    with web.browser("chat.example") as browser:
        answer = browser.get("/x?y=1", headers={"X-Forwarded-Proto": "http"})
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://chat.example/x?y=1")


def test_open_webui_serves_its_frontend_and_keeps_its_users_when_its_pod_is_replaced(web: Web) -> None:
    login = {"email": "admin@lab.example", "password": "only-for-this-test"}
    with web.browser("chat.example") as browser:
        assert "<title>Open WebUI</title>" in browser.get("/").text
        before = browser.post("/api/v1/auths/signin", json=login).json()
        web.kubectl("delete", "pod", "--selector=app=open-webui", timeout=90)
        web.wait("open-webui")
        until(lambda: browser.get("/health").status_code == 200, 60, "the new pod is served")
        after = browser.post("/api/v1/auths/signin", json=login).json()
    assert (before["role"], after["id"]) == ("admin", before["id"])


def test_the_controller_ends_when_its_account_lacks_a_right(web: Web) -> None:
    revoke = [{"op": "remove", "path": "/rules/4/verbs/1"}]
    web.kubectl("patch", "role", "ingress", "--type=json", f"--patch={json.dumps(revoke)}")
    web.kubectl("create", "-f", "-", stdin=json.dumps(_without_owner(web)))
    lost = "the service account may not: watch ingresses in web-test"
    until(lambda: lost in web.logs("lone"), 60, "the missing right is named")
    web.kubectl("delete", "pod", "lone")
    web.kubectl("apply", "-f", PODS)


def _without_owner(web: Web) -> object:
    """Return a pod like the controller's, for itself."""
    template = json.loads(web.kubectl("get", "deployment", "ingress", "--output=json"))["spec"]["template"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lone"}, "spec": template["spec"]}
