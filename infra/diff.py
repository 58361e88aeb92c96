"""`./lab diff`: what applying dist/ would change in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from infra.console import result, say
from infra.errors import LabError
from infra.kubectl import Kubectl, kubectl, require_cluster
from infra.labs import DIST, LAB_OPTION, one_lab, shortest

DIFFERENT: Final = 1  # kubectl's exit status; above it, it could not compare
# Kubernetes keeps what was last applied in an annotation: a line that has the whole object, and says nothing more.
LAST_APPLIED: Final = ("kubectl.kubernetes.io/last-applied-configuration: |", '{"apiVersion":')


@click.command()
@LAB_OPTION
def diff(lab_name: str | None) -> None:
    """Show what an apply of dist/ would change. KUBECONFIG says which cluster.

    Nothing is changed: the API server itself says what would become of each object. Secrets are not in dist/, so none
    is shown. What is in the cluster and no longer in dist/ is not found: an apply leaves it there.
    """
    spec = one_lab(lab_name)
    folder = DIST / spec.name
    if not folder.is_dir():
        message = f"{shortest(folder)}: is not there; ./lab synth makes it"
        raise LabError(message)
    require_cluster()
    if not has_namespace(spec.namespace, kubectl):
        say(f"{shortest(folder)}: nothing of it is in the cluster yet: there is no namespace {spec.namespace}")
        return
    lines = differences(folder, kubectl, f"--filename={folder}")
    for line in lines:
        result(line)
    changed = len(objects(lines))
    told = f"an apply would change {changed} object{'s' * (changed > 1)}" if changed else "no change"
    say(f"{shortest(folder)}: {told}")


def has_namespace(namespace: str, ask: Kubectl) -> bool:
    """Whether the cluster has the lab's namespace: where it has not, kubectl cannot compare what belongs there."""
    return bool(ask("get", "namespace", namespace, "--ignore-not-found", "--output=name").stdout)


def differences(folder: Path, ask: Kubectl, *words: str, stdin: str | None = None) -> tuple[str, ...]:
    """Compare manifests with what a cluster has; returns lines as a person reads them, none where nothing differs.

    Args:
        folder: the manifests, as the message of an error names them.
        ask: the cluster.
        words: what kubectl is to compare, and how.
        stdin: the manifests, where `words` say that they come this way.

    Raises:
        LabError: kubectl could not compare them.

    """
    found = ask("diff", *words, stdin=stdin, check=False)
    if found.status > DIFFERENT:
        message = f"{shortest(folder)}: kubectl could not compare it: {found.stderr.strip()}"
        raise LabError(message)
    return tuple(readable(found.stdout))


def objects(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Name the objects that differ, of lines that `differences` gave."""
    return tuple(line for line in lines if not line.startswith((" ", "+", "-", "@", "\\")))


def readable(text: str) -> Iterator[str]:
    """Give kubectl's differences as a person reads them: a line that names each object, then its lines that differ.

    kubectl compares temporary files and shows their names and times in three lines before each object.
    """
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("diff "):
            next(lines)  # --- the file of the object as it is
            changed = next(lines)  # +++ the file as it would be: /tmp/MERGED-123/apps.v1.Deployment.ai-lab.grafana
            yield changed.partition("\t")[0].rpartition("/")[2]
        elif not line[1:].lstrip().startswith(LAST_APPLIED):
            yield line
