"""The memory that the lab's containers use, as their kubelet says it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

from testnode.layout import NODE_NAME
from tests.cluster.running import RunningLab

SUMMARY: Final = f"/api/v1/nodes/{NODE_NAME}/proxy/stats/summary"
BETWEEN_SECONDS: Final = 5  # the kubelet looks every 10 to 15 s


@dataclass(frozen=True)
class Memory:
    """What one container uses and may use, in bytes. What the kernel could take back at once is not used."""

    used: int
    limit: int


def memory(lab: RunningLab) -> Mapping[str, Memory]:
    """Tell what each running container of the lab's namespace uses, named `pod/container`."""
    pods = json.loads(lab.kubectl("get", "--raw", SUMMARY))["pods"]
    return {
        f"{pod['podRef']['name']}/{container['name']}": Memory(used, used + container["memory"]["availableBytes"])
        for pod in pods
        if pod["podRef"]["namespace"] == lab.spec.namespace
        for container in pod.get("containers", ())
        if (used := container.get("memory", {}).get("workingSetBytes"))  # none of one that has only begun
    }


@dataclass
class Peak:
    """The most that each container was seen to use."""

    containers: dict[str, Memory] = field(default_factory=dict)

    def take(self, seen: Mapping[str, Memory]) -> None:
        """Take in what was seen at one moment."""
        for name, now in seen.items():
            before = self.containers.get(name, now)
            self.containers[name] = max(before, now, key=lambda memory: memory.used)


@contextmanager
def watched(look: Callable[[], Mapping[str, Memory]]) -> Iterator[Peak]:
    """Look again and again for the length of a `with` block, at least at its begin and its end."""
    peak, over = Peak(), Event()

    def watch() -> None:
        peak.take(look())
        while not over.wait(BETWEEN_SECONDS):
            peak.take(look())
        peak.take(look())

    thread = Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
