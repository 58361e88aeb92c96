"""Promise: Argo CD applies all of a lab at once, and its health is that of what runs: nothing waits for a download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind

PREFIX: Final = "argocd.argoproj.io"
# A wave begins when all of the one before is healthy, and a hook holds the sync up until it has ended. Meanwhile no
# other commit is applied.
WAITS: Final = {f"{PREFIX}/sync-wave", f"{PREFIX}/hook"}
IGNORED: Final = {f"{PREFIX}/ignore-healthcheck": "true"}
# To Argo CD an Ingress is not healthy before it has a load balancer's address, nor a claim before it is bound.
NEVER_HEALTHY: Final = ("Ingress", "PersistentVolumeClaim")


def waiting(objects: Sequence[Object]) -> Iterator[str]:
    for item in objects:
        annotations = item["metadata"].get("annotations", {})
        name = f"{item['kind']}/{item['metadata']['name']}"
        yield from (f"{name}: {key} lets others wait" for key in sorted(WAITS & annotations.keys()))
    for item in of_kind(objects, *NEVER_HEALTHY):
        if item["metadata"].get("annotations", {}).items() & IGNORED.items() != IGNORED.items():
            yield f"{item['kind']}/{item['metadata']['name']}: keeps its lab from being healthy"
