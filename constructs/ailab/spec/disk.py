"""What the lab's volumes claim of the disk that they lie on."""

from __future__ import annotations

from collections.abc import Iterator

from ailab.spec.lab import Feature, LabSpec
from ailab.spec.models import VLLM_COMPILED
from ailab.spec.values import gib


def claimed(spec: LabSpec) -> float:
    """Sum what claims of the cluster's default StorageClass ask for, in GiB.

    k3s makes these as folders of one disk and watches over no size: who claims more than there is finds out when the
    disk is full (https://docs.k3s.io/add-ons/storage).
    """
    if spec.storage.storage_class is not None:
        return 0.0
    return sum(map(gib, _sizes(spec)))


def _sizes(spec: LabSpec) -> Iterator[str]:
    dumps = 0
    if spec.ollama:
        yield spec.ollama.volume
    for server in spec.vllm:
        yield from (server.volume, VLLM_COMPILED)
    if spec.postgres.existing is None:
        yield spec.postgres.volume
        dumps += 1
    if spec.has(Feature.GRAPH):
        yield spec.graph.volume
        dumps += 1
    if spec.has(Feature.CHAT):
        yield spec.chat.volume
    if spec.has(Feature.OBSERVABILITY):
        yield spec.observability.prometheus.volume
        yield spec.observability.grafana.volume
    if spec.backup.storage_class is None:
        yield from [spec.backup.volume] * dumps
