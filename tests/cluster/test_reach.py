"""Who reaches whom on the running node, compared with the published edges: every ordered pair, every port."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TypeVar

import pytest

from infra import edges, manifests
from testnode.internet.server import HTTPS
from testnode.node import Node
from tests.cluster.running import METADATA, TAILNET, RunningLab

pytestmark = pytest.mark.proves(3)

OUTSIDE = 6  # targets that are no pod's
SETTLED_SECONDS = 60  # policies name pods by their addresses: a new pod's own takes a moment to get everywhere
SECONDS = 300  # for two dozen small pods, on a machine that may be busy

Seen = TypeVar("Seen")

PROBE_IMAGE = "docker.io/library/busybox:1.37"  # the node's own, with `netprobe`


@dataclass(frozen=True)
class Target:
    """Something that listens."""

    name: str
    address: str
    port: int


def _probe(name: str, namespace: str, owners: list[dict[str, object]]) -> dict[str, object]:
    """Make a pod that the policies take for workload `name`, and that no Service takes for it: it is never ready.

    A DaemonSet takes a pod with its label for its own, and ends it, unless it has another owner.
    """
    restricted = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    container = {
        "name": "probe",
        "image": PROBE_IMAGE,
        "command": ["sleep", "3600"],
        "securityContext": restricted,
        "readinessProbe": {"exec": {"command": ["false"]}},
        "resources": {"requests": {"cpu": "1m", "memory": "8Mi"}, "limits": {"memory": "64Mi"}},
    }
    pod = {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"probe-{name}",
            "namespace": namespace,
            "labels": {"app.kubernetes.io/name": name, "probe": "true"},
            "ownerReferences": owners,
        },
        "spec": {
            "securityContext": pod,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "containers": [container],
        },
    }


@pytest.fixture(scope="module")
def workloads(objects: list[manifests.Object], lab: RunningLab) -> dict[str, str]:
    """Every workload that has a policy, and one that has none -> its namespace."""
    found = {"stranger": lab.spec.namespace}
    for policy in manifests.of_kind(objects, "NetworkPolicy"):
        if name := policy["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name"):
            found[name] = policy["metadata"]["namespace"]
    return found


def _owner(node: Node, namespace: str) -> dict[str, object]:
    """Name an object that every namespace has, as a pod's controller."""
    found = node.kubectl("get", "configmap", "kube-root-ca.crt", "-n", namespace, "-o", "jsonpath={.metadata.uid}")
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "kube-root-ca.crt", "uid": found.stdout}
    return {**owner, "controller": True}


@pytest.fixture(scope="module")
def probes(node: Node, workloads: dict[str, str]) -> Iterator[None]:
    owners = {namespace: [_owner(node, namespace)] for namespace in {*workloads.values()}}
    items = [_probe(name, where, owners[where]) for name, where in workloads.items()]
    pods = {"apiVersion": "v1", "kind": "List", "items": items}
    running, limit = "--for=jsonpath={.status.phase}=Running", f"--timeout={SECONDS}s"
    with ExitStack() as ends:
        for namespace in owners:
            words = ("delete", "pod", "-n", namespace, "-l", "probe=true", "--wait=true")
            ends.callback(node.kubectl, *words, timeout=SECONDS)
        node.kubectl("apply", "-f", "-", stdin=json.dumps(pods))
        for namespace in owners:
            node.kubectl("wait", "pod", "-n", namespace, "-l", "probe=true", running, limit, timeout=SECONDS + 30)
        yield


@pytest.fixture(scope="module")
def targets(lab: RunningLab, node: Node) -> list[Target]:
    """Every port of every running pod, and what is outside."""
    which = ("-l", "!probe", "--field-selector=status.phase=Running", "-o", "json")
    inside = [
        Target(pod["metadata"]["labels"]["app.kubernetes.io/name"], pod["status"]["podIP"], port["containerPort"])
        for namespace in (lab.spec.namespace, lab.spec.system_namespace)
        for pod in json.loads(node.kubectl("get", "pods", "-n", namespace, *which).stdout)["items"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    ]
    outside = [
        Target("internet", node.layout.public_address, HTTPS),
        Target("api-server", node.layout.address, 6443),
        Target("node's kubelet", node.layout.address, 10250),
        Target("private network", node.layout.outer_address, 443),
        Target("tailnet", TAILNET, 443),
        Target("metadata service", METADATA, 443),
    ]
    return inside + outside


@pytest.fixture(scope="module")
def listeners(node: Node) -> Iterator[None]:
    """Listen where no pod may go, so that not reaching it says something."""
    with ExitStack() as stack:
        for address in (node.layout.outer_address, TAILNET, METADATA):
            server = stack.enter_context(ThreadingTCPServer((address, 443), BaseRequestHandler))
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield


def _settled(look: Callable[[], Seen], wanted: Seen) -> Seen:
    """Look until it is as wanted or time is over; returns what was seen last."""
    end = time.monotonic() + SETTLED_SECONDS
    while (seen := look()) != wanted and time.monotonic() < end:
        pass
    return seen


def _reached(node: Node, source: str, namespace: str, targets: list[Target]) -> set[tuple[str, str, int]]:
    """Try all targets from one probe at once."""
    tries = "".join(f"(netprobe tcp {t.address}:{t.port} 2>/dev/null && echo {n}) & " for n, t in enumerate(targets))
    out = node.kubectl("exec", "-n", namespace, f"probe-{source}", "--", "sh", "-c", f"{tries} wait", check=False)
    return {(source, targets[int(line)].name, targets[int(line)].port) for line in out.stdout.split()}


@pytest.mark.usefixtures("listeners")
def test_a_pod_of_another_namespace_reaches_what_is_outside_and_no_port_of_the_lab(
    node: Node, targets: list[Target]
) -> None:
    free = {**_probe("free", "default", []), "metadata": {"name": "free", "namespace": "default"}}
    running, limit = "--for=jsonpath={.status.phase}=Running", f"--timeout={SECONDS}s"
    words = ("exec", "free", "--namespace=default", "--", "netprobe", "tcp")
    try:
        node.kubectl("apply", "-f", "-", stdin=json.dumps(free))
        node.kubectl("wait", "pod/free", "--namespace=default", running, limit, timeout=SECONDS + 30)
        unreached = [t for t in targets if node.kubectl(*words, f"{t.address}:{t.port}", check=False).status != 0]
    finally:
        node.kubectl("delete", "pod/free", "--namespace=default", "--ignore-not-found")
    # The lab's pods are protected by their own policies also against a pod of another namespace.
    assert {target.name for target in unreached} == {target.name for target in targets[:-OUTSIDE]}


@pytest.mark.usefixtures("probes", "listeners")
def test_the_reachable_set_of_every_pair_equals_the_published_edges(
    node: Node, objects: list[manifests.Object], workloads: dict[str, str], targets: list[Target]
) -> None:
    listening = {(target.name, target.port) for target in targets}
    published = {
        (edge.source, edge.target, edge.port)
        for edge in edges.edges(objects)
        if edge.source in workloads and (edge.target, edge.port) in listening
    }

    def reached() -> set[tuple[str, str, int]]:
        return set().union(*(_reached(node, source, where, targets) for source, where in workloads.items()))

    assert _settled(reached, published) == published
    assert len(published) >= 20


@pytest.mark.usefixtures("probes")
def test_names_are_looked_up_by_those_that_connect_and_by_nobody_else(
    lab: RunningLab, node: Node, workloads: dict[str, str]
) -> None:
    name = f"postgres.{lab.spec.namespace}.svc.cluster.local"
    asks = ("--", "netprobe", "dns", name)

    def answered() -> list[str]:
        return sorted(
            source
            for source, where in workloads.items()
            if "[10." in node.kubectl("exec", "-n", where, f"probe-{source}", *asks, check=False).stdout
        )

    # An alphabetical list of its own: what follows the code would permit whatever the code does.
    permitted = [
        "deepseek-r1-vllm-fetch",
        "grafana",
        "ingress",
        "kube-state-metrics",
        "litellm",
        "ollama-pull",
        "open-webui",
        "phoenix",
        "postgres-dumps",
        "prometheus",
        "searxng",
        "virtual-keys",
    ]
    assert _settled(answered, permitted) == permitted
