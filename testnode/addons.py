"""What k3s adds to Kubernetes: names by CoreDNS, volumes by the local-path provisioner, a GPU runtime class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

MANIFESTS = Path(__file__).parent / "manifests"
DEPLOYMENTS = ("coredns", "local-path-provisioner")
NAMESPACE = "kube-system"


def hosts_map(hosts: Mapping[str, str]) -> str:
    """Return the ConfigMap that CoreDNS answers from, beside the cluster's own names.

    Args:
        hosts: name -> address.

    """
    lines = "".join(f"{address} {name}\n" for name, address in hosts.items())
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns-hosts", "namespace": NAMESPACE},
            "data": {"hosts": lines},
        }
    )
