"""Promise: what holds data is never deleted because it left the manifests, nor with what delivered them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind

# Argo CD: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources
# k3s: github.com/rancher/wrangler, pkg/objectset (the library behind its auto-deploy folder)
NEVER: Final = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "objectset.rio.cattle.io/prune": "false",
}


def pruning(objects: Sequence[Object]) -> Iterator[str]:
    for item in of_kind(objects, "PersistentVolumeClaim", "Namespace"):
        annotations = item["metadata"].get("annotations", {})
        if any(annotations.get(key) != value for key, value in NEVER.items()):
            yield f"{item['kind']}/{item['metadata']['name']}: may be pruned, and its data with it"
