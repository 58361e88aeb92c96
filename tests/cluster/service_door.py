"""A way from this machine to a Service that no host name leads to."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

from infra import process
from infra.labs import ROOT
from testnode.patience import until
from tests.cluster.running import RunningLab

FIRST_PORT = 20_000


def opened(lab: RunningLab, service: str, port: int) -> str:
    """Return `address:port` on this machine's link to the node that leads to a port of the Service.

    The connection comes from the node itself, which no NetworkPolicy keeps away. The way is open until the node ends.
    """
    target = lab.kubectl("get", "service", service, "-o", "jsonpath={.spec.clusterIP}")
    here = (lab.node.layout.address, FIRST_PORT + port)
    words = (sys.executable, "-m", "testnode.door", f"{here[0]}:{here[1]}", f"{target}:{port}")
    process.start(lab.node.entering(*words), log=lab.home / f"{service}-{port}.log", cwd=ROOT)
    until(lambda: _listens(here), 30, f"the way to {service}:{port} is open")
    return f"{here[0]}:{here[1]}"


def _listens(address: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False
