"""Standing in the place of a part: a short pod with its labels, which the network treats as that part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from ailab.spec import LabSpec
from infra import manifests
from infra.edges import Edge
from infra.errors import LabError
from infra.kubectl import Kubectl

LABEL: Final = "gpu-lab/doctor"
DEADLINE: Final = 120  # seconds until Kubernetes ends a try
LIFETIME: Final = 300  # seconds until Kubernetes deletes what a killed doctor left
# On two cores, a dozen pods that start together keep Phoenix from answering its probes: nobody is sent there then.
AT_ONCE: Final = 4
# Policies take hold of a new pod a moment after its start: what opens before that may be an arrow that is broken.
# https://kubernetes.io/docs/concepts/services-networking/network-policies/#pod-lifecycle
SETTLED: Final = 5  # seconds from a pod's start to its first try
# The part whose program is a script: its image has Python.
INTERPRETER: Final = "CronJob/virtual-keys"


class Outcome(StrEnum):
    """What came of opening a connection."""

    CONNECTED = "connected"
    REFUSED = "refused"  # at once: nobody listens, or a policy says no aloud
    SILENT = "silent"  # no answer: a policy drops it, or there is no way
    NAMELESS = "nameless"  # the name is not found
    NOT_TRIED = "not tried"  # the pod did not run


@dataclass(frozen=True)
class Tried:
    """A connection that was opened, or not."""

    outcome: Outcome
    seconds: float


@dataclass(frozen=True)
class Target:
    """Where an arrow leads to, by name; port 0 is the name alone."""

    host: str
    port: int


def try_all(
    spec: LabSpec, objects: Sequence[manifests.Object], wanted: Mapping[Edge, Target], run: str, ask: Kubectl
) -> dict[Edge, Tried]:
    """Try every arrow from the place of its source, a few places at once.

    Args:
        spec: the lab.
        objects: its manifests.
        wanted: arrows between parts of the lab's namespace, and where they lead.
        run: a word that marks what this run makes, and no other.
        ask: the cluster.

    Raises:
        LabError: the cluster does not take the pods.

    """
    by_source: dict[str, list[Edge]] = {}
    for edge in wanted:
        by_source.setdefault(edge.source, []).append(edge)
    labels = _labels(objects)
    pod = _interpreter(objects)
    jobs = {
        source: _job(spec, f"{source}-{run}", {**labels[source], LABEL: run}, pod, [wanted[edge] for edge in edges])
        for source, edges in by_source.items()
    }
    sources = list(jobs)
    said: dict[str, str] = {}
    try:
        for first in range(0, len(sources), AT_ONCE):
            some = sources[first : first + AT_ONCE]
            said |= zip(some, _run(spec, [jobs[source] for source in some], ask), strict=True)
            if not any(said.values()):
                break  # no pod runs: each further round would wait as long for nothing
    finally:
        ask("delete", "job", f"--namespace={spec.namespace}", f"--selector={LABEL}={run}", "--wait=false", check=False)
    return {
        edge: tried
        for source, edges in by_source.items()
        for edge, tried in zip(edges, _read(said.get(source, ""), len(edges)), strict=True)
    }


def _run(spec: LabSpec, jobs: Sequence[manifests.Object], ask: Kubectl) -> list[str]:
    """Run Jobs to their end, all at once; returns what each printed."""
    ask("create", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": jobs}))
    namespace, names = f"--namespace={spec.namespace}", [f"job/{job['metadata']['name']}" for job in jobs]
    limit = ("--for=condition=Complete", f"--timeout={DEADLINE}s")
    ask("wait", namespace, *names, *limit, check=False, timeout=DEADLINE + 30)
    return [ask("logs", namespace, name, check=False).stdout for name in names]


def _read(said: str, count: int) -> list[Tried]:
    try:
        return [Tried(Outcome(outcome), seconds) for outcome, seconds in json.loads(said)]
    except ValueError:
        return [Tried(Outcome.NOT_TRIED, 0)] * count


def _labels(objects: Iterable[manifests.Object]) -> dict[str, dict[str, str]]:
    templates = manifests.pod_templates(objects)
    return {
        template["metadata"]["labels"]["app.kubernetes.io/name"]: template["metadata"]["labels"]
        for _, template in templates
    }


def _interpreter(objects: Iterable[manifests.Object]) -> dict[str, Any]:
    """Take the pod that runs Python, without what makes it that part: its secrets, its volumes but /tmp.

    Raises:
        LabError: the lab has no such part.

    """
    pods = dict(manifests.pod_templates(objects))
    if INTERPRETER not in pods:
        message = f"{INTERPRETER}: not among the manifests, and its image is what the tries run in; run ./lab synth"
        raise LabError(message)
    pod: dict[str, Any] = pods[INTERPRETER]["spec"]
    kept = ("automountServiceAccountToken", "enableServiceLinks", "securityContext")
    [container] = pod["containers"]
    return {
        **{key: pod[key] for key in kept},
        "restartPolicy": "Never",
        "containers": [{key: container[key] for key in ("image", "imagePullPolicy", "resources", "securityContext")}],
    }


def _job(
    spec: LabSpec, name: str, labels: Mapping[str, str], pod: Mapping[str, Any], targets: Sequence[Target]
) -> manifests.Object:
    script = files("infra.checkup").joinpath("reach.py").read_text(encoding="utf-8")
    asked = json.dumps([[target.host, target.port] for target in targets])
    command = ["python3", "-c", script, asked, str(SETTLED)]
    [container] = pod["containers"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"doctor-{name}", "namespace": spec.namespace, "labels": dict(labels)},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE,
            "ttlSecondsAfterFinished": LIFETIME,
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {
                    **pod,
                    # Never ready, by a gate that nobody opens: a Service sends clients to whatever has these labels.
                    "readinessGates": [{"conditionType": "gpu-lab/never"}],
                    "containers": [{**container, "name": "doctor", "command": command}],
                },
            },
        },
    }
