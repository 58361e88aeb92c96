"""Who reaches whom on the running node, compared with the published edges: every ordered pair, every port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from infra import edges, manifests
from testnode.internet.server import HTTPS
from testnode.node import Node
from tests.cluster.running import METADATA, RunningLab

pytestmark = pytest.mark.proves(3)

PROBE_IMAGE = "docker.io/library/busybox:1.37"  # the node's own, with `netprobe`


@dataclass(frozen=True)
class Target:
    """Something that listens."""

    name: str
    address: str
    port: int


def _probe(name: str) -> dict[str, object]:
    """Make a pod that the policies take for workload `name`, and that no Service takes for it: it is never ready."""
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
        "metadata": {"name": f"probe-{name}", "labels": {"app.kubernetes.io/name": name, "probe": "true"}},
        "spec": {
            "securityContext": pod,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "containers": [container],
        },
    }


@pytest.fixture(scope="module")
def workloads(objects: list[manifests.Object]) -> list[str]:
    policies = manifests.of_kind(objects, "NetworkPolicy")
    names = (policy["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name") for policy in policies)
    return sorted({*(name for name in names if name), "stranger"})


@pytest.fixture(scope="module")
def probes(lab: RunningLab, workloads: list[str]) -> Iterator[None]:
    pods = {"apiVersion": "v1", "kind": "List", "items": [_probe(name) for name in workloads]}
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(pods))
    lab.kubectl("wait", "pod", "-l", "probe=true", "--for=jsonpath={.status.phase}=Running", "--timeout=120s")
    yield
    lab.kubectl("delete", "pod", "-l", "probe=true", "--wait=true", timeout=180)


@pytest.fixture(scope="module")
def targets(lab: RunningLab, node: Node) -> list[Target]:
    """Every port of every running pod, and what is outside."""
    pods = json.loads(lab.kubectl("get", "pods", "-l", "!probe", "--field-selector=status.phase=Running", "-o", "json"))
    inside = [
        Target(pod["metadata"]["labels"]["app.kubernetes.io/name"], pod["status"]["podIP"], port["containerPort"])
        for pod in pods["items"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    ]
    outside = [
        Target("internet", node.layout.public_address, HTTPS),
        Target("api-server", node.layout.address, 6443),
        Target("node's kubelet", node.layout.address, 10250),
        Target("private network", node.layout.outer_address, 443),
        Target("metadata service", METADATA, 443),
    ]
    return inside + outside


@pytest.fixture(scope="module")
def listeners(node: Node) -> Iterator[None]:
    """Listen where no pod may go, so that not reaching it says something."""
    with ExitStack() as stack:
        for address in (node.layout.outer_address, METADATA):
            server = stack.enter_context(ThreadingTCPServer((address, 443), BaseRequestHandler))
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield


def _reached(lab: RunningLab, source: str, targets: list[Target]) -> set[tuple[str, str, int]]:
    """Try all targets from one probe at once."""
    tries = "".join(f"(netprobe tcp {t.address}:{t.port} 2>/dev/null && echo {n}) & " for n, t in enumerate(targets))
    out = lab.kubectl("exec", f"probe-{source}", "--", "sh", "-c", f"{tries} wait", check=False)
    return {(source, targets[int(line)].name, targets[int(line)].port) for line in out.split()}


@pytest.mark.usefixtures("listeners")
def test_a_pod_of_another_namespace_reaches_what_is_outside_and_no_port_of_the_lab(
    node: Node, targets: list[Target]
) -> None:
    free = {**_probe("free"), "metadata": {"name": "free", "namespace": "default"}}
    node.kubectl("apply", "-f", "-", stdin=json.dumps(free))
    node.kubectl("wait", "pod/free", "--namespace=default", "--for=jsonpath={.status.phase}=Running", "--timeout=60s")
    words = ("exec", "free", "--namespace=default", "--", "netprobe", "tcp")
    unreached = [t for t in targets if node.kubectl(*words, f"{t.address}:{t.port}", check=False).status != 0]
    node.kubectl("delete", "pod/free", "--namespace=default")
    # The lab's pods are protected by their own policies also against a pod of another namespace.
    assert {target.name for target in unreached} == {target.name for target in targets[:-5]}


@pytest.mark.usefixtures("probes", "listeners")
def test_the_reachable_set_of_every_pair_equals_the_published_edges(
    lab: RunningLab, objects: list[manifests.Object], workloads: list[str], targets: list[Target]
) -> None:
    listening = {(target.name, target.port) for target in targets}
    published = {
        (edge.source, edge.target, edge.port)
        for edge in edges.edges(objects)
        if edge.source in workloads and (edge.target, edge.port) in listening
    }
    reached = set().union(*(_reached(lab, source, targets) for source in workloads))
    assert reached == published
    assert len(published) >= 10


@pytest.mark.usefixtures("probes")
def test_names_are_looked_up_by_those_that_connect_and_by_nobody_else(lab: RunningLab, workloads: list[str]) -> None:
    name = f"postgres.{lab.spec.namespace}.svc.cluster.local"
    answered = {
        source
        for source in workloads
        if "[10." in lab.kubectl("exec", f"probe-{source}", "--", "netprobe", "dns", name, check=False)
    }
    assert answered == {"ingress", "litellm", "ollama-pull", "open-webui", "virtual-keys"}
