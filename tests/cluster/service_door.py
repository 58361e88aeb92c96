"""A way from this machine to a Service that no host name leads to."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra import process
from infra.labs import ROOT
from testnode.patience import until
from tests.cluster.running import RunningLab


@contextmanager
def opened(lab: RunningLab, service: str, port: int) -> Iterator[str]:
    """Give `address:port` on this machine's link to the node that leads to a port of the Service.

    The connection comes from the node itself, which no NetworkPolicy keeps away.
    """
    target = lab.kubectl("get", "service", service, "-o", "jsonpath={.spec.clusterIP}")
    # Any free port: other runs may have a way to the same Service.
    words = (sys.executable, "-m", "testnode.door", f"{lab.node.layout.address}:0", f"{target}:{port}")
    log = lab.home / f"{service}-{port}.log"
    log.unlink(missing_ok=True)
    child = process.start(lab.node.entering(*words), log=log, cwd=ROOT)
    try:
        until(lambda: log.read_text().endswith("\n"), 120, f"the way to {service}:{port} is open")
        yield log.read_text().strip()
    finally:
        os.killpg(child.pid, signal.SIGKILL)  # nsenter, and what it has started
        child.wait()
