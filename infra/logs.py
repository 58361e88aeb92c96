"""`./lab logs`: what a part of the lab says, or a unit of its machine."""

from __future__ import annotations

import difflib

import click

from ailab.spec import LabSpec
from infra import manifests, process
from infra.errors import LabError
from infra.kubectl import require_cluster
from infra.labs import DIST, LAB_OPTION, one_lab
from infra.machine import found, own
from infra.ssh import replace

KINDS = ("Deployment", "DaemonSet", "Job")


@click.command()
@LAB_OPTION
@click.option("--unit", help="A systemd unit of the machine instead of a part, for example k3s or tailscaled.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes.")
@click.option("--lines", default=100, show_default=True, type=click.IntRange(1), help="How many of the last lines.")
@click.argument("part", required=False)
def logs(lab_name: str | None, part: str | None, unit: str | None, lines: int, *, follow: bool) -> None:
    """Show what PART of the lab says, for example litellm.

    KUBECONFIG says which cluster; where it is not set, that of the lab's machine is asked by ssh.
    With --unit, what a unit of the lab's machine says; that goes by ssh and needs no cluster.
    """
    if (part is None) == (unit is None):
        message = "logs: name a part of the lab, or a unit of its machine by --unit; one of the two"
        raise LabError(message)
    if unit:
        _, login = found(lab_name)
        following = ["--follow"] if follow else []
        replace(login, ["journalctl", "--no-pager", f"--lines={lines}", *following, f"--unit={unit}"])
    elif part:
        spec = one_lab(lab_name)
        words = ["kubectl", "logs", *of_part(spec, part), f"--tail={lines}", *(["--follow"] if follow else [])]
        if machine := own(spec):
            replace(machine, ["k3s", *words])
        else:
            require_cluster()
            process.replace(words)


def of_part(spec: LabSpec, part: str) -> list[str]:
    """Name a part of a lab as kubectl does.

    Raises:
        LabError: the lab has no such part.

    """
    parts = {item["metadata"]["name"]: item for item in manifests.of_kind(manifests.read(DIST / spec.name), *KINDS)}
    if part not in parts:
        near = difflib.get_close_matches(part, parts, n=1)
        repair = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(parts))}"
        message = f"{part}: {spec.name} has no such part; {repair}"
        raise LabError(message)
    found = parts[part]
    where = f"--namespace={found['metadata']['namespace']}"
    return [where, f"{found['kind'].lower()}/{part}", "--all-containers", "--prefix"]
