"""Promise: every running container says when it has started, is ready and is alive; nothing else is probed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object
from tests.policy.pods import containers, running

PROBES: Final = ("startupProbe", "readinessProbe", "livenessProbe")
# The kubelet itself knows whether a device plugin is there: by its socket.
SAYS_NOTHING: Final = {"DaemonSet/device-plugin/plugin"}
ALWAYS_WELL: Final = {"true", "test", "["}  # a file that was written once says nothing of later
LONGEST_START: Final = 1800  # seconds: what a model of tens of GiB may take
# Seconds until it is noticed: one that cannot answer gets no requests, one that is stuck is started again.
LONGEST_SILENCE: Final = {"readinessProbe": 60, "livenessProbe": 120}


def probes(objects: Sequence[Object]) -> Iterator[str]:
    for name, container in running(objects):
        if name in SAYS_NOTHING:
            continue
        ports = {port["containerPort"] for port in container.get("ports", ())}
        for probe in PROBES:
            yield from (f"{name}: {probe} {fault}" for fault in _faults(container.get(probe), ports))
        if container.get("livenessProbe", {}).get("exec", {}).get("command", [""])[0] in ALWAYS_WELL:
            yield f"{name}: livenessProbe asks nothing that can change"
        if _budget(container.get("startupProbe", {})) > LONGEST_START:
            yield f"{name}: may take more than {LONGEST_START} s to start"
        for probe, seconds in LONGEST_SILENCE.items():
            if _budget(container.get(probe, {})) > seconds:
                yield f"{name}: {probe} notices nothing for more than {seconds} s"
    alive = {name for name, _ in running(objects)}
    for name, container in containers(objects):
        if name not in alive:
            yield from (f"{name}: has a {probe} although it ends" for probe in PROBES if probe in container)


def _budget(probe: Object) -> float:
    return float(probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3))


def _faults(probe: Object | None, ports: set[int]) -> Iterator[str]:
    if probe is None:
        yield "is missing"
    elif "httpGet" in probe and probe["httpGet"]["port"] not in ports:
        yield f"asks port {probe['httpGet']['port']}, which the container does not have"
    elif "tcpSocket" in probe and probe["tcpSocket"]["port"] not in ports:
        yield f"opens port {probe['tcpSocket']['port']}, which the container does not have"
    elif not {"httpGet", "tcpSocket", "exec"} & probe.keys():
        yield "neither asks by HTTP, opens a port nor runs a command"
    elif probe["timeoutSeconds"] > 2 * probe["periodSeconds"]:
        yield "waits longer than two of its periods"
