"""Promise: names are unique, short enough, never Kubernetes' own, and carry the lab's name where a cluster has one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind

CLUSTER_SCOPED: Final = {"ClusterRole", "ClusterRoleBinding", "IngressClass", "Namespace", "RuntimeClass"}
# Is the name of containerd's runtime. Where another lab has made it, this one's `cluster.platform` is "existing".
ONCE: Final = {("RuntimeClass", "nvidia-cdi")}
LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
KUBERNETES_OWN: Final = re.compile(r"default$|kube-")
LAB: Final = "app.kubernetes.io/part-of"
# The controller insists on a namespace to watch for certificates; this one of Kubernetes' own has no Secrets.
BESIDE: Final = {("Role", "kube-public"), ("RoleBinding", "kube-public")}


def names(objects: Sequence[Object]) -> Iterator[str]:
    identities = Counter(
        (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in objects
    )
    yield from (f"{kind}/{name}: is there {count} times" for (kind, _, name), count in identities.items() if count > 1)
    homes = {item["metadata"]["name"] for item in of_kind(objects, "Namespace")}
    for item in objects:
        yield from (f"{item['kind']}/{item['metadata']['name']}: {fault}" for fault in _faults(item, homes))


def _faults(item: Object, homes: set[str]) -> Iterator[str]:
    kind, metadata = item["kind"], item["metadata"]
    lab = metadata.get("labels", {}).get(LAB)
    namespace = metadata.get("namespace")
    if lab is None:
        yield "does not say which lab it belongs to"
    if not LABEL.fullmatch(metadata["name"]):
        yield "its name is no label of at most 63 characters"
    if kind == "Namespace" and KUBERNETES_OWN.match(metadata["name"]):
        yield "is Kubernetes' own"
    if kind in CLUSTER_SCOPED:
        if namespace is not None:
            yield "has a namespace, although its kind has none"
        if kind != "Namespace" and (kind, metadata["name"]) not in ONCE and not metadata["name"].startswith(f"{lab}-"):
            yield "would be another lab's too"
    elif namespace not in homes and (kind, namespace) not in BESIDE:
        yield f"is in namespace {namespace}"
    elif namespace not in homes and not metadata["name"].startswith(f"{lab}-"):
        yield "would be another lab's too"
