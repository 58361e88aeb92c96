"""The web door, used as a browser does: by host name, from outside of the cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import httpx

from ailab.network import CONTROLLER, NODE
from ailab.spec import LabSpec
from infra import manifests
from infra.checkup.evidence import Evidence
from infra.edges import Edge

SECONDS: Final = 30
_DOORS: Final = {"ingress", CONTROLLER}  # the lab's own, or the cluster's
# A page that needs no login and that the part itself answers; nginx's own answers to an absent part are 502 and 504.
_PAGES: Final = {"litellm": "/health/liveliness", "grafana": "/api/health"}
_NOBODY: Final = {httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT}


def through_the_door(
    spec: LabSpec, services: list[manifests.Service], edges: tuple[Edge, ...], door: str | None
) -> Iterator[tuple[Edge, Evidence]]:
    """Ask for a page of each published part.

    Args:
        spec: the lab.
        services: its Services with their hosts.
        edges: its arrows.
        door: URL of the ingress where the tailnet's names do not lead there; None to use the names.

    """
    ways_in = [edge for edge in edges if edge.source == NODE.name and edge.target == "ingress"]
    arrived = False
    for service in services:
        edge = next((e for e in edges if e.source in _DOORS and e.target == service.name), None)
        if not service.hosts or edge is None:
            continue
        evidence, came_in = _page(spec, service, door)
        if came_in:
            arrived = True
            yield edge, evidence
        elif not arrived:
            yield from ((way, evidence) for way in ways_in)
            return
    yield from ((way, Evidence("a browser's requests come in", 0, holds=True)) for way in ways_in if arrived)


def _page(spec: LabSpec, service: manifests.Service, door: str | None) -> tuple[Evidence, bool]:
    """Ask for a page; returns what was seen, and whether the door itself was reached."""
    name = service.hosts[0].partition(".")[0]
    base = door or spec.urls(name)[0]
    headers = {"Host": spec.hosts(name)[0], "X-Forwarded-Proto": "https"}
    began = time.monotonic()
    try:
        answer = httpx.get(f"{base}{_PAGES.get(service.name, '/')}", headers=headers, timeout=SECONDS)
    except httpx.HTTPError as error:
        return Evidence(f"{base}: {error}", time.monotonic() - began, holds=False), False
    took = time.monotonic() - began
    return Evidence(f"{name}: status {answer.status_code}", took, holds=answer.status_code not in _NOBODY), True
