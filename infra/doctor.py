"""`./lab doctor`: try every arrow of the architecture on the running lab, and say what is broken and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import click

from ailab.spec import LabSpec
from infra import manifests
from infra.checkup.cluster import Cluster
from infra.checkup.examination import examine, faulty
from infra.checkup.finding import Finding, Part, State
from infra.console import result, say
from infra.edges import Edge
from infra.errors import LabError
from infra.kubeconfig import fetched
from infra.kubectl import kubectl, require_cluster
from infra.labs import DIST, LAB_OPTION, one_lab
from infra.machine import found, own
from infra.secret_store import Place, in_cluster
from infra.shipping.cluster import OnMachine


@click.command(short_help="Try every connection of the running lab.")
@LAB_OPTION
@click.option("--door", metavar="URL", help="The web door, where the tailnet's names do not lead there.")
@click.option("--quick", is_flag=True, help="Only what the cluster says of the parts; no connection is tried.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of text.")
def doctor(lab_name: str | None, door: str | None, *, quick: bool, as_json: bool) -> None:
    """Try every connection that the lab permits, from where it begins.

    KUBECONFIG says which cluster; where it is not set, that of the lab's machine is asked by ssh.
    What the cluster says of the parts comes first: one that is not there, or is not as the manifests say, waits, ends
    by itself, or has a full volume. Each try of a connection runs for a moment in a pod with the labels of the part
    that it begins at; a local model is asked for one word, nothing is asked of a paid provider. A line says how an
    arrow is, how long it took, and what to do. The exit status is 1 where something is broken.
    """
    spec = one_lab(lab_name)
    objects = manifests.read(DIST / spec.name)
    login = own(spec)
    if login is None:
        require_cluster()
    findings: Sequence[Finding]
    if quick:
        findings = faulty(Cluster.of(spec, objects, OnMachine(login) if login else kubectl), spec)
    elif login:
        findings = on_machine(spec, door=door)
    else:
        values = in_cluster(Place(spec.namespace, spec.name))
        findings = examine(spec, objects, values, kubectl, door=door, tell=say)
    for finding in findings:
        result(_json(finding) if as_json else line(finding))
    say(verdict(findings))


def on_machine(spec: LabSpec, *, door: str | None = None) -> Sequence[Finding]:
    """Examine the lab on its own machine, which is asked by ssh; what a browser or a program does goes by the tailnet.

    Raises:
        LabError: the machine does not answer, or does not let the tries run.

    """
    _, login = found(spec.name)
    # By it, kubectl's ways to a Service lead to this lab's cluster, whichever the operator has named.
    os.environ["KUBECONFIG"] = str(fetched(spec, login))
    ask = OnMachine(login)
    values = in_cluster(Place(spec.namespace, spec.name), ask)
    return examine(spec, manifests.read(DIST / spec.name), values, ask, door=door, tell=say)


def verdict(findings: Sequence[Finding]) -> str:
    """Sum up what was found.

    Raises:
        LabError: an arrow is broken, or something is wrong with a part.

    """
    arrows = [finding for finding in findings if isinstance(finding.subject, Edge)]
    parts = [finding.name for finding in findings if isinstance(finding.subject, Part)]
    broken = [finding.name for finding in arrows if finding.state is State.BROKEN]
    counted = [f"{len(broken)} of {len(arrows)} arrows: {', '.join(broken)}"] if broken else []
    if parts or broken:
        message = f"broken: {'; '.join((*parts, *counted))}"
        raise LabError(message)
    unknown = sum(finding.state is State.UNKNOWN for finding in arrows)
    told = f"; {unknown} cannot be told" if unknown else ""
    return f"{len(arrows) - unknown} arrows hold{told}" if arrows else "every part is ready, and as the manifests say"


def line(finding: Finding) -> str:
    """Write a finding: how the arrow or the part is, how long the try took, what was seen, and what to do."""
    told = f"{finding.state.value:7} {finding.name:45} {finding.seconds * 1000:7.0f} ms  {finding.said}"
    return f"{told}: {finding.repair}" if finding.repair else told


def _json(finding: Finding) -> str:
    subject = finding.subject
    named: dict[str, str | int] = {"part": subject.name}
    if isinstance(subject, Edge):
        named = {"source": subject.source, "target": subject.target, "port": subject.port}
    told = {"state": finding.state.name.lower(), "seconds": round(finding.seconds, 3), "said": finding.said}
    return json.dumps({**named, **told, "repair": finding.repair})
