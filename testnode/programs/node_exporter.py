"""Prometheus's exporter of the node's own metrics, from its Go module: the version of the image."""

from __future__ import annotations

from testnode.binaries import GoProgram
from testnode.programs.program import Program
from testnode.standin import StandIn

VERSION = "1.12.1"
MODULE = GoProgram("node_exporter", ("github.com/prometheus/node_exporter",), f"v{VERSION}")


def node_exporter() -> Program:
    """Return the exporter in the place of its official image."""
    return Program(stand_in=_stand_in(), recipes=(MODULE.recipe,))


def _stand_in() -> StandIn:
    folder = MODULE.recipe.folder
    return StandIn(
        repository="quay.io/prometheus/node-exporter",
        program=f"node_exporter {VERSION} (Go module)",
        entrypoint=("/bin/node_exporter",),
        links={"/bin/node_exporter": str(folder / "node_exporter")},
        user="nobody",
        binds=(folder,),
        reasons=("the node that it shows is the test node, a set of namespaces",),
    )
