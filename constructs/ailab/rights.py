"""Rights of service accounts: rules and bindings, as Kubernetes writes them."""

from __future__ import annotations

from typing import Final

from ailab.manifest import Kind

READ: Final = ("get", "list", "watch")


def rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...]) -> dict[str, object]:
    """Permit verbs on the resources of one group; the group of pods and Services is empty."""
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def binding(kind: Kind, role: str, account: str, namespace: str) -> dict[str, object]:
    """Make the body of a binding: the role to a service account of a namespace."""
    return {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind.name, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    }
