"""The namespace, and what holds in it for every pod before any part says more."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from ailab.manifest import NAMESPACE, NETWORK_POLICY, NEVER_PRUNED, Home, Manifest
from ailab.spec import parts
from ailab.versions import KUBERNETES

# The policy of this Kubernetes minor, so that an upgrade of the cluster does not change what pods must fulfil.
POD_SECURITY_VERSION: Final = f"v{KUBERNETES}"


RESTRICTED: Final = "restricted"
# For what belongs to the node, each of which says why (`ailab.workload.HostAccess`).
PRIVILEGED: Final = "privileged"


class LabNamespace(Construct):
    """A level of Pod Security, and no traffic in any direction."""

    def __init__(self, scope: Construct, id_: str, *, level: str = RESTRICTED) -> None:
        super().__init__(scope, id_)
        home = Home.of(scope)
        levels = {
            f"pod-security.kubernetes.io/{mode}{suffix}": value
            for mode in ("enforce", "audit", "warn")
            for suffix, value in (("", level), ("-version", POD_SECURITY_VERSION))
        }
        everything: dict[str, object] = {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
        Manifest(self, home, NAMESPACE, home.namespace, dict, labels=levels, annotations=lambda: NEVER_PRUNED)
        Manifest(self, home, NETWORK_POLICY, parts.DEFAULT_DENY, lambda: everything)
