"""Every way from the operator's machine leads to the port at which the lab's Service speaks HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from ailab.secrets import CHAT_KEY, LITELLM_MASTER_KEY, PHOENIX_ACCESS
from infra import manifests, rotation
from infra.checkup import evidence
from infra.checkup.evidence import Witness
from infra.edges import edges
from infra.labs import DIST, one_lab

Way = tuple[str, str, int]


@pytest.fixture(scope="module")
def doors() -> set[Way]:
    """Give where the Services speak HTTP: their namespaces, names and ports."""
    services = manifests.of_kind(manifests.read(DIST / "gpu-lab"), "Service")
    return {
        (service["metadata"]["namespace"], service["metadata"]["name"], port["port"])
        for service in services
        for port in service["spec"]["ports"]
        if port["name"] == "http"
    }


def test_the_doctor_asks_programs_at_ports_of_their_services(doors: set[Way], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[Way] = set()

    @contextmanager
    def way(namespace: str, service: str, port: int) -> Iterator[httpx.Client]:
        asked.add((namespace, service, port))
        with httpx.Client(base_url=f"http://{service}:{port}") as client:
            yield client

    # Each program reads of it what it looks for.
    everything = {"id": "chatcmpl-7", "data": {"activeTargets": []}}
    monkeypatch.setattr(evidence, "forwarded", way)
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda *_: httpx.Response(200, json=everything))
    arrows = tuple(edges(manifests.read(DIST / "gpu-lab")))
    values = dict.fromkeys((CHAT_KEY, LITELLM_MASTER_KEY, PHOENIX_ACCESS), "a-key")
    witness = Witness(one_lab("gpu-lab"), values, arrows, frozenset())
    assert [one.said for _, one in (*witness.conversation(), *witness.scrapes()) if not one.holds] == []
    assert {service for _, service, _ in asked} == {"litellm", "phoenix", "prometheus"}
    assert asked <= doors


def test_a_program_is_told_its_new_password_at_a_port_of_its_service(doors: set[Way]) -> None:
    assert {("ai-lab", keeper.service, keeper.port) for keeper in rotation.KEEPERS.values()} <= doors
