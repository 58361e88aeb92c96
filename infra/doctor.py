"""`./lab doctor`: try every arrow of the architecture on the running lab, and say what is broken and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from infra import manifests
from infra.checkup.examination import examine
from infra.checkup.finding import Finding, State
from infra.console import result, say
from infra.errors import LabError
from infra.kubectl import kubectl, require_cluster
from infra.labs import DIST, LAB_OPTION, one_lab
from infra.secret_store import Place, in_cluster


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
        result(_json(finding) if as_json else _line(finding))
    if broken := [finding.name for finding in findings if finding.state is State.BROKEN]:
        message = f"broken: {len(broken)} of {len(findings)} arrows: {', '.join(broken)}"
        raise LabError(message)
    say(_summary(findings))


def _summary(findings: Sequence[Finding]) -> str:
    unknown = sum(finding.state is State.UNKNOWN for finding in findings)
    told = f"; {unknown} cannot be told" if unknown else ""
    return f"{len(findings) - unknown} arrows hold{told}"


def _line(finding: Finding) -> str:
    line = f"{finding.state.value:7} {finding.name:45} {finding.seconds * 1000:7.0f} ms  {finding.said}"
    return f"{line}: {finding.repair}" if finding.repair else line


def _json(finding: Finding) -> str:
    edge = finding.edge
    told = {"source": edge.source, "target": edge.target, "port": edge.port, "state": finding.state.name.lower()}
    return json.dumps({**told, "seconds": round(finding.seconds, 3), "said": finding.said, "repair": finding.repair})
