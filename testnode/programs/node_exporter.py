"""Prometheus's exporter of the node's own metrics, from Debian."""

from __future__ import annotations

from testnode.programs.program import Program
from testnode.standin import StandIn

PACKAGE = "prometheus-node-exporter"


def node_exporter() -> Program:
    """Return Debian's package in the place of the official image."""
    return Program(stand_in=_stand_in(), recipes=(), packages=(PACKAGE,))


def _stand_in() -> StandIn:
    return StandIn(
        repository="quay.io/prometheus/node-exporter",
        program="node-exporter 1.5.0 (Debian)",
        entrypoint=("/bin/node_exporter",),
        links={"/bin/node_exporter": f"/usr/bin/{PACKAGE}"},
        user="nobody",
        reasons=(
            "it is 1.5.0, Debian's, and not 1.12.1",
            "the node that it shows is the test node, a set of namespaces",
        ),
    )
