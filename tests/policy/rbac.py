"""Promise: no right is wider than named, and none reads the lab's Secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind

WITHOUT_SECRETS: Final = "kube-public"
CHANGES: Final = {"create", "update", "patch", "delete", "deletecollection", "bind", "escalate", "impersonate"}
MAY_CHANGE: Final = {"events"}
DOORS: Final = {"pods/exec", "pods/attach", "pods/portforward", "nodes/proxy", "serviceaccounts/token"}


def rbac(objects: Sequence[Object]) -> Iterator[str]:
    for role in of_kind(objects, "Role", "ClusterRole"):
        name = f"{role['kind']}/{role['metadata']['name']}"
        for rule in role["rules"]:
            yield from (f"{name}: {fault}" for fault in _faults(rule, role["metadata"].get("namespace")))
    for binding in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        name = f"{binding['kind']}/{binding['metadata']['name']}"
        for subject in binding["subjects"]:
            if subject["kind"] != "ServiceAccount" or subject["name"] == "default":
                yield f"{name}: gives rights to {subject['kind']} {subject['name']}"


def _faults(rule: Object, namespace: str | None) -> Iterator[str]:
    resources, verbs = set(rule.get("resources", ())), set(rule["verbs"])
    if "*" in {*resources, *verbs, *rule.get("apiGroups", ())}:
        yield "has a wildcard"
    if "secrets" in resources and namespace != WITHOUT_SECRETS:
        yield "reads Secrets"
    if changed := verbs & CHANGES and resources - MAY_CHANGE:
        yield f"changes {', '.join(sorted(changed))}"
    if doors := resources & DOORS:
        yield f"opens {', '.join(sorted(doors))}"
    if "nonResourceURLs" in rule:
        yield "reaches addresses of the API server that are no resources"
