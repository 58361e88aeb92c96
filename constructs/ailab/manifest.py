"""Kubernetes objects in the construct tree: the only module that makes one.

Objects are `ApiObject`s with a body of our own making, not the typed classes of cdk8s-plus: importing those costs
0.3 s of every run and they know Kubernetes 1.27 (docs/decisions/0001). What the types would catch, the tests catch
against the schemas of the Kubernetes version that the lab runs on, and a real API server does again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cdk8s import ApiObject, ApiObjectMetadata, Chart
from constructs import Construct


@dataclass(frozen=True)
class Kind:
    """A kind of object: API version, name, and whether it lives in a namespace."""

    api_version: str
    name: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group, which is empty for Kubernetes' oldest kinds."""
        return self.api_version.rpartition("/")[0]


CONFIG_MAP: Final = Kind("v1", "ConfigMap")
CRON_JOB: Final = Kind("batch/v1", "CronJob")
CLUSTER_ROLE: Final = Kind("rbac.authorization.k8s.io/v1", "ClusterRole", namespaced=False)
CLUSTER_ROLE_BINDING: Final = Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", namespaced=False)
DAEMON_SET: Final = Kind("apps/v1", "DaemonSet")
DEPLOYMENT: Final = Kind("apps/v1", "Deployment")
INGRESS: Final = Kind("networking.k8s.io/v1", "Ingress")
INGRESS_CLASS: Final = Kind("networking.k8s.io/v1", "IngressClass", namespaced=False)
JOB: Final = Kind("batch/v1", "Job")
NAMESPACE: Final = Kind("v1", "Namespace", namespaced=False)
NETWORK_POLICY: Final = Kind("networking.k8s.io/v1", "NetworkPolicy")
PERSISTENT_VOLUME_CLAIM: Final = Kind("v1", "PersistentVolumeClaim")
ROLE: Final = Kind("rbac.authorization.k8s.io/v1", "Role")
ROLE_BINDING: Final = Kind("rbac.authorization.k8s.io/v1", "RoleBinding")
RUNTIME_CLASS: Final = Kind("node.k8s.io/v1", "RuntimeClass", namespaced=False)
SERVICE: Final = Kind("v1", "Service")
SERVICE_ACCOUNT: Final = Kind("v1", "ServiceAccount")

KINDS: Final = tuple(kind for kind in tuple(globals().values()) if isinstance(kind, Kind))
"""Every kind that a lab has objects of. No Secret is among them: those never stand in manifests."""

# Argo CD's and k3s's own words for "never delete this because it left the manifests", nor, for Argo CD, because its
# Application was deleted: data outlives a wrong commit.
NEVER_PRUNED: Final = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "objectset.rio.cattle.io/prune": "false",
}
# Argo CD's word for what says nothing about whether a lab works.
NO_HEALTH: Final = {"argocd.argoproj.io/ignore-healthcheck": "true"}


@dataclass(frozen=True)
class Home:
    """Where the objects of a construct go: a namespace and the labels of its chart."""

    namespace: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, scope: Construct) -> Home:
        """Read it from the chart above a construct.

        Raises:
            ValueError: the chart was made without a namespace.

        """
        chart = Chart.of(scope)
        namespace = chart.namespace  # once: each look at it is a message to Node and back
        if namespace is None:
            message = f"chart {chart.node.id!r} has no namespace; make it with Chart(..., namespace=...)"
            raise ValueError(message)
        return cls(namespace, dict(chart.labels))


class Manifest(ApiObject):
    """One object. Its body is asked for at synthesis, so that a verb called after its creation still counts."""

    def __init__(
        self,
        scope: Construct,
        home: Home,
        kind: Kind,
        name: str | Callable[[], str],
        body: Callable[[], Mapping[str, object]],
        *,
        labels: Mapping[str, str] | None = None,
        annotations: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        fixed = name if isinstance(name, str) else None
        super().__init__(
            scope,
            f"{kind.name}-{fixed}" if fixed else kind.name,
            api_version=kind.api_version,
            kind=kind.name,
            metadata=ApiObjectMetadata(name=fixed),
        )
        self._home, self._kind, self._object_name = home, kind, name
        self._body, self._labels, self._annotations = body, labels or {}, annotations

    def to_json(self) -> dict[str, object]:
        """Give the whole object, in the order in which people read it."""
        name = self._object_name
        metadata: dict[str, object] = {"name": name if isinstance(name, str) else name()}
        if self._kind.namespaced:
            metadata["namespace"] = self._home.namespace
        metadata["labels"] = {**self._home.labels, **self._labels}
        if annotations := self._annotations():
            metadata["annotations"] = dict(annotations)
        return {"apiVersion": self._kind.api_version, "kind": self._kind.name, "metadata": metadata, **self._body()}
