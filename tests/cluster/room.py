"""Room for a second lab on the node, which has two cores: parts of the default lab go away for a while."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from tests.cluster.running import RunningLab

READY_SECONDS: Final = 420
# A namespace is looked at again whenever half of its pods' longest time to end is over, which is 76 s:
# kubernetes/kubernetes, pkg/controller/namespace/namespace_controller.go
AWAY_SECONDS: Final = 600


@contextmanager
def room_of(lab: RunningLab, *names: str) -> Iterator[None]:
    """Take those Deployments that the lab has of the names away, and have them back when the block has ended."""
    parts = list(_there(lab, names))
    try:
        lab.kubectl("scale", "--replicas=0", *parts)
        yield
    finally:
        lab.kubectl("scale", "--replicas=1", *parts)
        limit = f"--timeout={READY_SECONDS}s"
        lab.kubectl("wait", *parts, "--for=condition=Available", limit, timeout=READY_SECONDS + 30)


def _there(lab: RunningLab, names: Collection[str]) -> Iterator[str]:
    found = json.loads(lab.kubectl("get", "deployments", "-o", "json"))["items"]
    return (f"deployment/{name}" for item in found if (name := item["metadata"]["name"]) in names)
