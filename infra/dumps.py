"""The dumps of a lab's databases, in its cluster: what there is, and running what makes and restores them."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ailab.secrets import TABLE
from ailab.spec import LabSpec
from ailab.spec.lab import Feature
from infra.errors import LabError
from infra.kubectl import get, kubectl

CONTAINER = "dump"  # of the pods that `ailab.dumps` makes
JOB_SECONDS = 3600  # a database of some tens of GiB
ROLLOUT_SECONDS = 900


@dataclass(frozen=True)
class Store:
    """A database server that the lab dumps.

    Attributes:
        name: of its Deployment.
        source: the object that has the container which dumps, as kubectl names it.
        offline: whether it must not run while its dumps are made and restored.

    """

    name: str
    source: str
    offline: bool


POSTGRES = Store("postgres", "cronjob/postgres-dumps", offline=False)
NEO4J = Store("neo4j", "deployment/neo4j", offline=True)


@dataclass(frozen=True)
class Dump:
    """One dump: when it was made (UTC, as its name), its size in bytes, and the databases in it."""

    name: str
    size: int
    databases: tuple[str, ...]


def stores(spec: LabSpec) -> tuple[Store, ...]:
    """List the stores that a lab has of its own."""
    postgres = () if spec.postgres.existing else (POSTGRES,)
    return (*postgres, NEO4J) if spec.has(Feature.GRAPH) else postgres


def store(spec: LabSpec, name: str) -> Store:
    """Look a store up.

    Raises:
        LabError: the lab has none of this name.

    """
    own = stores(spec)
    for found in own:
        if found.name == name:
            return found
    names = ", ".join(store.name for store in own) or "nothing"
    message = f"{name}: has no dumps in this lab, which dumps {names}"
    raise LabError(message)


def dumps(spec: LabSpec, of: Store) -> tuple[Dump, ...]:
    """List the dumps, the oldest first."""
    lines = (line.split("\t") for line in run(spec, of, "list").splitlines())
    return tuple(
        Dump(name, int(size), tuple(file.removesuffix(".dump") for file in files.split()))
        for name, size, files in lines
    )


def dump_now(spec: LabSpec, of: Store) -> Dump:
    """Make a dump. An offline store is away for as long as that takes.

    Raises:
        LabError: no dump came of it.

    """
    before = {dump.name for dump in dumps(spec, of)}
    if of.offline:
        kubectl("rollout", "restart", _namespace(spec), f"deployment/{of.name}")
        _rolled_out(spec, of.name)
    else:
        run(spec, of)
    made = [dump for dump in dumps(spec, of) if dump.name not in before]
    if not made:
        message = (
            f"{of.name}: there is no new dump; kubectl logs {_namespace(spec)} deployment/{of.name} -c {CONTAINER}"
        )
        raise LabError(message)
    return made[-1]


def restore(spec: LabSpec, of: Store, dump: Dump, say: Callable[[str], None]) -> None:
    """Replace databases by those of a dump. What uses them starts again."""
    if not of.offline:
        say(run(spec, of, "restore", dump.name).rstrip())
        users = _users(spec, of)
        for user in users:
            say(f"restarting {user}")
            kubectl("rollout", "restart", _namespace(spec), f"deployment/{user}")
        for user in users:
            _rolled_out(spec, user)
        return
    deployment = f"deployment/{of.name}"
    kubectl("scale", _namespace(spec), deployment, "--replicas=0")
    try:
        gone = ("wait", "pod", _namespace(spec), f"--selector=app.kubernetes.io/name={of.name}", "--for=delete")
        kubectl(*gone, f"--timeout={ROLLOUT_SECONDS}s", timeout=ROLLOUT_SECONDS + 30)
        say(run(spec, of, "restore", dump.name).rstrip())
    finally:
        kubectl("scale", _namespace(spec), deployment, "--replicas=1")
    _rolled_out(spec, of.name)


def run(spec: LabSpec, of: Store, *arguments: str) -> str:
    """Run the container that dumps, with these arguments in the place of its own; returns what it printed.

    It is the lab's own pod in a Job of its own: nothing but the operator needs a right for it.

    Raises:
        LabError: it failed; the message has its last words.

    """
    name = f"{of.name}-{arguments[0] if arguments else 'dump'}-{time.time_ns() // 1_000_000}"
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": spec.namespace, "labels": {"app.kubernetes.io/part-of": spec.name}},
        "spec": {"backoffLimit": 0, "template": _template(get(_namespace(spec), of.source), of, arguments)},
    }
    kubectl("create", "--filename=-", stdin=json.dumps(job))
    try:
        succeeded = _ended_well(spec, name)
        said = kubectl("logs", _namespace(spec), f"job/{name}", f"--container={CONTAINER}", check=False)
    finally:
        kubectl("delete", "job", _namespace(spec), name, "--wait=false")
    if not succeeded:
        message = f"{of.name}: {said.stdout.strip()[-2000:] or 'its Job failed without a word'}"
        raise LabError(message)
    return said.stdout


def _template(source: dict[str, Any], of: Store, arguments: tuple[str, ...]) -> dict[str, Any]:
    """Make the pod template of a Job from the object that has the dumping container."""
    spec = source["spec"]["jobTemplate"]["spec"] if source["kind"] == "CronJob" else source["spec"]
    template: dict[str, Any] = copy.deepcopy(spec["template"])
    pod = template["spec"]
    [container] = (
        found for found in (*pod.pop("initContainers", ()), *pod["containers"]) if found["name"] == CONTAINER
    )
    if arguments:
        container["args"] = list(arguments)
    pod["containers"] = [container]
    pod["restartPolicy"] = "Never"
    if of.offline:
        # Else the pod is one of the Service's, and clients are sent to it.
        template["metadata"]["labels"]["app.kubernetes.io/name"] = f"{of.name}-dumps"
    return template


def _ended_well(spec: LabSpec, job: str) -> bool:
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        status = get(_namespace(spec), f"job/{job}").get("status", {})
        ended = {item["type"] for item in status.get("conditions", ()) if item["status"] == "True"}
        if ended & {"Complete", "Failed"}:
            return "Complete" in ended
        time.sleep(1)
    message = f"{job}: has not ended after {JOB_SECONDS} s; kubectl describe {_namespace(spec)} job/{job}"
    raise LabError(message)


def _users(spec: LabSpec, of: Store) -> list[str]:
    """Name the programs in the cluster that have a database of their own in a server."""
    users = (user for row in TABLE if row.key == "password" and of.name in row.users for user in row.users)
    here = {item["metadata"]["name"] for item in get("deployments", _namespace(spec))["items"]} - {of.name}
    return [user for user in dict.fromkeys(users) if user in here]


def _rolled_out(spec: LabSpec, deployment: str) -> None:
    words = ("rollout", "status", _namespace(spec), f"deployment/{deployment}", f"--timeout={ROLLOUT_SECONDS}s")
    kubectl(*words, timeout=ROLLOUT_SECONDS + 30)


def _namespace(spec: LabSpec) -> str:
    return f"--namespace={spec.namespace}"
