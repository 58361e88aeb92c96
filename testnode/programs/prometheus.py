"""Prometheus and promtool, from the Go module."""

from __future__ import annotations

from testnode.binaries import GoProgram
from testnode.programs.program import Program
from testnode.standin import StandIn

VERSION = "3.16.0"
_COMMANDS = "github.com/prometheus/prometheus/cmd"
MODULE = GoProgram(
    "prometheus",
    (f"{_COMMANDS}/prometheus", f"{_COMMANDS}/promtool"),
    "v0.316.0",  # the module's number of 3.16.0
    # All service discoveries but one: some of their modules are not served. The lab's targets are static.
    tags="remove_all_sd,enable_kubernetes_sd",
)


def prometheus() -> Program:
    """Return Prometheus in the place of its official image."""
    return Program(stand_in=_stand_in(), recipes=(MODULE.recipe,))


def _stand_in() -> StandIn:
    folder = MODULE.recipe.folder
    return StandIn(
        repository="docker.io/prom/prometheus",
        program=f"Prometheus {VERSION} (Go module)",
        entrypoint=("/bin/prometheus",),
        cmd=("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"),
        directories={"/prometheus": 0o777},
        links={name: f"{folder}{name.removeprefix('/bin')}" for name in ("/bin/prometheus", "/bin/promtool")},
        user="nobody",
        working_directory="/prometheus",
        binds=(folder,),
        reasons=(
            f"it is {VERSION}: the module of 3.15.0 replaces others, which `go install` refuses",
            "no web pages: they are built with Node and are not in the Go module; the API that Grafana asks is there",
            "of the service discoveries it has static targets, files and Kubernetes alone",
        ),
    )
