"""kube-state-metrics, from its Go module: the version of the image."""

from __future__ import annotations

from pathlib import Path

from infra import process
from testnode.binaries import BUILD_TIMEOUT_S, SOURCES
from testnode.cache import Recipe, key
from testnode.programs.program import Program
from testnode.standin import StandIn

VERSION = "2.20.0"
NAME = "kube-state-metrics"
# A module of our own that has it as a tool: `go install` asks the proxy for the list of its versions, which the proxy
# does not give.
SOURCE = SOURCES / "kube_state_metrics"
COMMAND = "k8s.io/kube-state-metrics/v2"


def kube_state_metrics() -> Program:
    """Return kube-state-metrics in the place of its official image."""
    binary = Recipe(NAME, key(SOURCE), _build)
    return Program(stand_in=_stand_in(binary.folder), recipes=(binary,))


def _build(folder: Path) -> None:
    stamp = f"-s -w -X github.com/prometheus/common/version.Version=v{VERSION}"
    env = {"GOFLAGS": "-trimpath -buildvcs=false", "CGO_ENABLED": "0"}
    words = ("go", "build", "-ldflags", stamp, "-o", folder / NAME, COMMAND)
    process.run(words, timeout=BUILD_TIMEOUT_S, env=env, cwd=SOURCE)


def _stand_in(folder: Path) -> StandIn:
    return StandIn(
        repository="registry.k8s.io/kube-state-metrics/kube-state-metrics",
        program=f"kube-state-metrics {VERSION} (Go module)",
        entrypoint=("/kube-state-metrics", "--port=8080", "--telemetry-port=8081"),
        links={"/kube-state-metrics": str(folder / NAME)},
        user="nobody",
        binds=(folder,),
        reasons=("there is a shell: the image has none",),
    )
