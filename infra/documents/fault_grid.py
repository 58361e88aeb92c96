"""Which faults are done to which parts of a running lab, and why some are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is done to a part."""

    DELETED = "deleted"
    KILLED = "killed"
    DEPENDENCY = "dependency gone"
    FULL = "volume full"
    CONFIGURATION = "configuration wrong"
    IMAGE = "image missing"


MEANINGS: Final = {
    Kind.DELETED: "its Deployment or DaemonSet is deleted, and applied again after that",
    Kind.KILLED: "all processes of its container get a SIGKILL; nobody repairs anything",
    Kind.DEPENDENCY: "what it needs is deleted and it is started anew; then that is applied again",
    Kind.FULL: "a file takes all that was left on its volume, and is removed after that",
    Kind.CONFIGURATION: "it gets a configuration that it cannot use; then its manifests are applied again",
    Kind.IMAGE: "the node has lost its image, no registry has it, and it is started anew; then the image comes back",
}
NEEDS_NOTHING: Final = "starts without any other part"
KEEPS_NOTHING: Final = "has no volume"
READS_ONLY: Final = "only reads its volume; the Job that fetches models writes there"
COMPILES: Final = "what it writes there it can compile anew, and what stands in for it compiles nothing"
NOT_RUN: Final = "its program cannot be had where the tests run"


@dataclass(frozen=True)
class Part:
    """A part of the default lab, as faults meet it.

    Attributes:
        name: of its workload.
        needs: the workload without which it does not start.
        writes: the claim of the volume that it writes.
        empty: faults that make no sense for it, with the reason.

    """

    name: str
    needs: str | None = None
    writes: str | None = None
    empty: dict[Kind, str] = field(default_factory=dict)

    def why_not(self, kind: Kind) -> str | None:
        """Say why a fault is not done to it; None where it is."""
        if kind is Kind.DEPENDENCY and self.needs is None:
            return self.empty.get(kind, NEEDS_NOTHING)
        if kind is Kind.FULL and self.writes is None:
            return self.empty.get(kind, KEEPS_NOTHING)
        return self.empty.get(kind)


_GPU: Final = "device-plugin"
_NOWHERE: Final = dict.fromkeys(Kind, NOT_RUN)
_ASKS_THE_API: Final = {Kind.DEPENDENCY: "needs the API server alone, without which nothing can be asked"}

PARTS: Final = (
    Part("dcgm-exporter", empty=_NOWHERE),
    Part("deepseek-r1-vllm", needs=_GPU, empty={Kind.FULL: COMPILES}),
    Part("device-plugin"),
    Part("grafana", empty=_NOWHERE),
    Part("ingress", empty=_ASKS_THE_API),
    Part("kube-state-metrics", empty=_ASKS_THE_API),
    Part("litellm", needs="postgres"),
    Part("neo4j", writes="neo4j-data"),
    Part("node-exporter"),
    Part("ollama", needs=_GPU, empty={Kind.FULL: READS_ONLY}),
    Part("open-webui", needs="postgres", writes="open-webui-data"),
    Part("phoenix", needs="postgres"),
    Part("postgres", writes="postgres-data"),
    Part("prometheus", writes="prometheus-data"),
    Part("searxng"),
)


def cells() -> list[tuple[Part, Kind]]:
    """List what is done."""
    return [(part, kind) for part in PARTS for kind in Kind if part.why_not(kind) is None]
