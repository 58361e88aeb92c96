"""`./lab doctor`: try every arrow of the architecture on the running lab, and say what is broken and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import click

from ailab.spec import LabSpec
from infra import manifests
from infra.checkup.examination import examine
from infra.checkup.finding import Finding, State
from infra.console import result, say
from infra.errors import LabError
from infra.kubeconfig import fetched
from infra.kubectl import kubectl, require_cluster
from infra.labs import DIST, LAB_OPTION, one_lab
from infra.machine import found
from infra.secret_store import Place, in_cluster
from infra.shipping.cluster import OnMachine


@click.command(short_help="Try every connection of the running lab.")
@LAB_OPTION
@click.option("--door", metavar="URL", help="The web door, where the tailnet's names do not lead there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of text.")
def doctor(lab_name: str | None, door: str | None, *, as_json: bool) -> None:
    """Try every connection that the lab permits, from where it begins. KUBECONFIG says which cluster.

    Each runs for a moment in a pod with the labels of the part that it begins at; a local model is asked for one word,
    nothing is asked of a paid provider. A line says how an arrow is, how long it took, and what to do. The exit status
    is 1 where one is broken.
    """
    spec = one_lab(lab_name)
    objects = manifests.read(DIST / spec.name)
    require_cluster()
    values = in_cluster(Place(spec.namespace, spec.name))
    findings = examine(spec, objects, values, kubectl, door=door, tell=say)
    for finding in findings:
        result(_json(finding) if as_json else line(finding))
    say(verdict(findings))


def on_machine(spec: LabSpec) -> Sequence[Finding]:
    """Examine the lab on its own machine, which is asked by ssh; what a browser or a program does goes by the tailnet.

    Raises:
        LabError: the machine does not answer, or does not let the tries run.

    """
    _, login = found(spec.name)
    # By it, kubectl's ways to a Service lead to this lab's cluster, whichever the operator has named.
    os.environ["KUBECONFIG"] = str(fetched(spec, login))
    ask = OnMachine(login)
    values = in_cluster(Place(spec.namespace, spec.name), ask)
    return examine(spec, manifests.read(DIST / spec.name), values, ask, door=None, tell=say)


def verdict(findings: Sequence[Finding]) -> str:
    """Sum up what was found.

    Raises:
        LabError: an arrow is broken.

    """
    if broken := [finding.name for finding in findings if finding.state is State.BROKEN]:
        message = f"broken: {len(broken)} of {len(findings)} arrows: {', '.join(broken)}"
        raise LabError(message)
    unknown = sum(finding.state is State.UNKNOWN for finding in findings)
    told = f"; {unknown} cannot be told" if unknown else ""
    return f"{len(findings) - unknown} arrows hold{told}"


def line(finding: Finding) -> str:
    """Write a finding: how the arrow is, how long the try took, what was seen, and what to do."""
    told = f"{finding.state.value:7} {finding.name:45} {finding.seconds * 1000:7.0f} ms  {finding.said}"
    return f"{told}: {finding.repair}" if finding.repair else told


def _json(finding: Finding) -> str:
    edge = finding.edge
    told = {"source": edge.source, "target": edge.target, "port": edge.port, "state": finding.state.name.lower()}
    return json.dumps({**told, "seconds": round(finding.seconds, 3), "said": finding.said, "repair": finding.repair})
