"""The ingress controller's loop, against an API server and an nginx of the test's own."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from infra.errors import LabError
from testnode.programs.nginx_ingress.api import Api, ApiError, Right
from testnode.programs.nginx_ingress.controller import Controller, check
from testnode.programs.nginx_ingress.following import Items, follow
from testnode.programs.nginx_ingress.nginx import Nginx
from testnode.programs.nginx_ingress.options import Options
from testnode.programs.nginx_ingress.readiness import Readiness
from testnode.programs.nginx_ingress.resources import Object

LISTS = {
    "config": "/api/v1/namespaces/ai-lab/configmaps?fieldSelector=metadata.name%3Dingress",
    "ingresses": "/apis/networking.k8s.io/v1/namespaces/ai-lab/ingresses",
    "services": "/api/v1/namespaces/ai-lab/services",
    "endpoints": "/apis/discovery.k8s.io/v1/namespaces/ai-lab/endpointslices",
}
INGRESS: Object = {
    "metadata": {
        "uid": "u1",
        "namespace": "ai-lab",
        "name": "chat",
        "creationTimestamp": "2026-11-25T00:00:00Z",
        "resourceVersion": "1",
    },
    "spec": {"ingressClassName": "nginx", "rules": [{"host": "chat.example"}]},
}
OF_ANOTHER_CLASS: Object = {"metadata": {"uid": "u2", "name": "other"}, "spec": {"ingressClassName": "other"}}


class FakeApi(Api):
    """An API server that holds lists, and sends the changes that a test gives it."""

    def __init__(self, lists: Mapping[str, list[Object]], changes: Mapping[str, list[list[Object]]]) -> None:
        self.lists = lists
        self.changes = {path: list(streams) for path, streams in changes.items()}
        self.created: list[Object] = []
        self.forbidden: set[str] = set()
        self.changing = threading.Event()

    def get(self, path: str) -> Object:
        if path not in self.lists:
            message = f"GET {path}: 404"
            raise ApiError(message)
        return {"metadata": {"resourceVersion": "1"}, "items": self.lists[path]}

    def create(self, _path: str, item: Object) -> Object:
        self.created.append(item)
        return item

    def watch(self, path: str, _version: str) -> Iterator[Object]:
        if not self.changes.get(path):
            threading.Event().wait()  # as an API server where nothing happens
        self.changing.wait(10)
        yield from self.changes[path].pop(0)

    def may(self, right: Right) -> bool:
        return str(right) not in self.forbidden


class FakeNginx(Nginx):
    """Remembers what it was given, lets the cluster change, and ends after the last load."""

    def __init__(self, loads: int, loaded: threading.Event) -> None:
        self.loads = loads
        self.loaded = loaded
        self.served: list[Mapping[str, str]] = []

    def serve(self, files: Mapping[str, str]) -> bool:
        self.served.append(files)
        self.loaded.set()
        return True

    def ended(self) -> bool:
        return len(self.served) == self.loads


@pytest.fixture
def readiness() -> Readiness:
    return Readiness(_free_port())


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Options:
    monkeypatch.setenv("POD_NAMESPACE", "ai-lab")
    monkeypatch.setenv("POD_NAME", "ingress-1")
    return Options(config_map=("ai-lab", "ingress"), namespace="ai-lab", secret_namespace="kube-public")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("", 0))
        return int(free.getsockname()[1])


def _ready(port: int, path: str = "/nginx-ready") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    return connection.getresponse().status


def test_the_first_configuration_waits_for_every_list_and_one_event_tells_of_each_verdict(
    options: Options, readiness: Readiness
) -> None:
    lists: dict[str, list[Object]] = {path: [] for path in LISTS.values()}
    lists[LISTS["ingresses"]] = [INGRESS, OF_ANOTHER_CLASS]
    service: Object = {"type": "ADDED", "object": {"metadata": {"uid": "s", "name": "web"}, "spec": {}}}
    api = FakeApi(lists, {LISTS["services"]: [[service]]})
    nginx = FakeNginx(loads=2, loaded=api.changing)
    with pytest.raises(LabError, match="nginx ended"):
        Controller(api, options, nginx, readiness).run()
    assert sorted(nginx.served[0]) == ["conf.d/_default-server.conf", "conf.d/ai-lab-chat.conf", "nginx.conf"]
    assert [(event["type"], event["reason"], event["message"]) for event in api.created] == [
        ("Normal", "AddedOrUpdated", "Configuration for ai-lab/chat was added or updated")
    ]


def test_an_event_that_is_refused_does_not_end_the_controller(options: Options, readiness: Readiness) -> None:
    class Refusing(FakeApi):
        def create(self, path: str, _item: Object) -> Object:
            raise ApiError(path)

    lists: dict[str, list[Object]] = {path: [] for path in LISTS.values()} | {LISTS["ingresses"]: [INGRESS]}
    with pytest.raises(LabError, match="nginx ended"):
        Controller(Refusing(lists, {}), options, FakeNginx(1, threading.Event()), readiness).run()


def test_readiness_is_503_until_nginx_serves() -> None:
    port = _free_port()
    readiness = Readiness(port)
    before = _ready(port)
    readiness.set()
    assert (before, _ready(port), _ready(port, "/other")) == (503, 200, 404)


NEEDED: dict[str, list[Object]] = {
    "/api/v1/namespaces/ai-lab/pods/ingress-1": [],
    "/api/v1/namespaces/ai-lab/configmaps/ingress": [],
}


class WithClass(FakeApi):
    """An API server that has an IngressClass."""

    controller = "nginx.org/ingress-controller"

    def get(self, path: str) -> Object:
        if path == "/apis/networking.k8s.io/v1/ingressclasses/nginx":
            return {"spec": {"controller": self.controller}}
        return super().get(path)


def test_a_controller_that_has_all_it_needs_starts(options: Options) -> None:
    check(WithClass(NEEDED, {}), options)


def test_all_missing_rights_are_named_at_once(options: Options) -> None:
    api = WithClass(NEEDED, {})
    api.forbidden = {"watch ingresses in ai-lab", "list secrets in kube-public", "get ingressclasses in the cluster"}
    with pytest.raises(LabError) as refused:
        check(api, options)
    assert str(refused.value) == (
        "the service account may not: watch ingresses in ai-lab, list secrets in kube-public, "
        "get ingressclasses in the cluster"
    )


@pytest.mark.parametrize("path", sorted(NEEDED))
def test_a_missing_pod_or_config_map_is_named(options: Options, path: str) -> None:
    present = {name: items for name, items in NEEDED.items() if name != path}
    with pytest.raises(LabError, match=f"GET {path}: 404"):
        check(WithClass(present, {}), options)


def test_a_class_of_another_controller_is_refused(options: Options) -> None:
    api = WithClass(NEEDED, {})
    api.controller = "example.com/other"
    with pytest.raises(LabError, match="IngressClass nginx: its controller is not nginx"):
        check(api, options)


def test_a_list_is_followed_through_changes_and_a_watch_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("testnode.programs.nginx_ingress.following.RETRY_S", 0)
    first, second = _named("a"), _named("b")
    changes: list[list[Object]] = [
        [{"type": "ADDED", "object": second}, {"type": "DELETED", "object": first}],
        [{"type": "ERROR", "object": {"message": "too old resource version"}}],
    ]
    api = FakeApi({"/list": [first]}, {"/list": changes})
    api.changing.set()
    seen = _collect(4, lambda changed: follow(api, "/list", changed))
    assert seen == [{"a"}, {"a", "b"}, {"b"}, {"a"}]


def _named(uid: str) -> Object:
    return {"metadata": {"uid": uid}}


def _collect(count: int, start: Callable[[Callable[[Items], None]], None]) -> list[set[str]]:
    """Return the uids of the first `count` states that are told."""
    seen: list[set[str]] = []
    enough = threading.Event()

    def changed(items: Items) -> None:
        seen.append(set(items))
        if len(seen) >= count:
            enough.set()

    start(changed)
    assert enough.wait(10)
    return seen[:count]


def test_nginx_is_started_once_reloaded_on_a_change_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testnode.programs.nginx_ingress.nginx.ROOT", tmp_path)
    monkeypatch.setattr("testnode.programs.nginx_ingress.nginx.PID", tmp_path / "pid")
    program = tmp_path / "nginx"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    nginx = Nginx(program)
    before = nginx.ended()
    loaded = [nginx.serve(files) for files in ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}, {"a": "3"})]
    nginx.stop()
    assert (before, loaded, nginx.ended()) == (False, [True, False, True], True)
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").exists()) == ("3", False)
    assert (tmp_path / "said").read_text().split() == ["tested", "started", "tested", "reloaded", "quit"]


# No shell script: a shell cannot catch a signal that was ignored when it started, as SIGQUIT is in the background.
STAND_IN = f"""\
#!{sys.executable}
import pathlib, signal, sys

here = pathlib.Path(__file__).parent

def say(word):
    with (here / "said").open("a") as file:
        file.write(word + "\\n")

if sys.argv[-1] == "-t":
    say("tested")
    sys.exit()
say("started")
for number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, lambda *_: None)  # one that is ignored could not be waited for
# One after the other: a handler of its own would be interrupted by the other's.
signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP, signal.SIGQUIT))
(here / "pid").touch()
while signal.sigwait((signal.SIGHUP, signal.SIGQUIT)) == signal.SIGHUP:
    say("reloaded")
say("quit")
"""
