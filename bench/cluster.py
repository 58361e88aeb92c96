"""`python -m bench.cluster`: how long a lab takes from its manifests to the last pod that is ready, and its memory.

Needs a lab that `python -m tests.cluster.start` keeps: takes its Deployments away and applies the manifests again.
Images, volumes and models are there already, as when a parked lab comes back. Prints tables as docs/decisions show
them; nothing is asserted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import click

from bench.kept_lab import kept_lab
from infra import manifests
from infra.console import result, say
from infra.labs import DIST
from testnode.patience import until
from tests.cluster.memory import memory
from tests.cluster.running import RunningLab
from tests.cluster.start import READY_SECONDS

NAME: Final = "app.kubernetes.io/name"
KNOWN_SECONDS: Final = 60
MEBI: Final = 1024 * 1024
READY: Final = ("Ready", "True")


@dataclass(frozen=True)
class Part:
    """A Deployment's pod: seconds from the manifests until it was ready, and its memory in MiB."""

    name: str
    seconds: float
    used: int
    requested: int
    limit: int

    def __str__(self) -> str:
        return f"| {self.name} | {self.seconds:.0f} s | {self.used} | {self.requested} | {self.limit} |"


def away(lab: RunningLab) -> None:
    """Take all Deployments away, and wait until their pods are gone."""
    lab.kubectl("delete", "deployment", "--all", "--cascade=foreground", timeout=READY_SECONDS)


def parts(lab: RunningLab, since: datetime) -> Iterator[Part]:
    """Read what became of the pods of all Deployments that are ready."""
    pods = json.loads(lab.kubectl("get", "pods", "-l", "pod-template-hash", "-o", "json"))["items"]
    ready_pods = [pod for pod in pods if _ready(pod)]
    names = {f"{pod['metadata']['name']}/{each['name']}" for pod in ready_pods for each in pod["spec"]["containers"]}
    until(lambda: names <= memory(lab).keys(), KNOWN_SECONDS, "the kubelet knows what all of them use")
    used = memory(lab)
    for pod in ready_pods:
        if ready := _ready(pod):
            containers = pod["spec"]["containers"]
            name = pod["metadata"]["name"]
            asked, limit = (
                sum(manifests.gibibytes(each["resources"][kind]["memory"]) for each in containers)
                for kind in ("requests", "limits")
            )
            now = sum(used[f"{name}/{each['name']}"].used for each in containers)
            yield Part(
                pod["metadata"]["labels"][NAME],
                (ready - since).total_seconds(),
                now // MEBI,
                round(asked * 1024),
                round(limit * 1024),
            )


def _ready(pod: Mapping[str, Any]) -> datetime | None:
    times = [
        each["lastTransitionTime"] for each in pod["status"]["conditions"] if (each["type"], each["status"]) == READY
    ]
    return datetime.fromisoformat(times[0]) if times else None


@click.command()
@click.option("--cores", default=8, show_default=True, help="Of the droplet; those of gpu-l40sx1-48gb.")
@click.option("--gibibytes", default=64, show_default=True, help="Of the droplet's memory, without its card's.")
def main(cores: int, gibibytes: int) -> None:
    """Measure, and print what was found."""
    with kept_lab() as lab:
        say("taking the Deployments away")
        away(lab)
        begin = datetime.now(UTC)
        lab.node.kubectl("apply", "-f", DIST / lab.spec.name)
        applied = datetime.now(UTC)
        lab.wait_until_ready(READY_SECONDS)
        ready = datetime.now(UTC)
        found = sorted(parts(lab, begin), key=lambda part: part.seconds)
    asked = manifests.requests(manifests.read(DIST / lab.spec.name))
    result("| part | ready after | memory, MiB | requested | limit |\n|---|---|---|---|---|")
    for part in found:
        result(str(part))
    result(f"| all | {(ready - begin).total_seconds():.0f} s | {sum(part.used for part in found)} | | |")
    result(f"apply itself: {(applied - begin).total_seconds():.1f} s; load of the machine: {os.getloadavg()[0]:.0f}")
    result(
        f"the whole lab requests {asked.cores:.2f} of {cores} cores ({asked.cores / cores:.0%}) "
        f"and {asked.memory:.1f} of {gibibytes} GiB ({asked.memory / gibibytes:.0%})"
    )


if __name__ == "__main__":
    main()
