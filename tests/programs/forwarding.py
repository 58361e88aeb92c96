"""A port of a Service, brought to this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import process
from testnode.components import kubernetes_binary
from testnode.node import Node
from testnode.patience import until


@contextmanager
def forwarded(node: Node, namespace: str, service: str, port: int, log: Path) -> Iterator[int]:
    """Yield a port of this machine that leads to one pod of the Service, past its NetworkPolicy."""
    command = (kubernetes_binary(), "kubectl", "--kubeconfig", node.kubeconfig, "--namespace", namespace)
    forward = process.start((*command, "port-forward", f"service/{service}", f":{port}"), log=log)
    try:
        until(lambda: "Forwarding" in log.read_text(), 30, f"{service} is forwarded")
        (local, *_) = re.findall(r"127\.0\.0\.1:(\d+)", log.read_text())
        yield int(local)
    finally:
        forward.kill()
        forward.wait()
