"""A node that is started with the volume of an earlier one is another machine, and goes on with its cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from testnode.layout import NODE_NAME
from testnode.node import Node, running_node
from testnode.patience import until
from tests.testnode.pods import NAMESPACE, Object, Pod, apply, execute, start

pytestmark = pytest.mark.node

FIRST, SECOND = 104, 105
# An API server that went is forgotten 15 s after it last renewed its lease, and the list is made anew every 10 s
# (DefaultEndpointReconcilerTTL and ...Interval in kubernetes/pkg/controlplane); a busy machine takes longer.
LEASE_SECONDS = 120
STORE: Object = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "store", "namespace": NAMESPACE},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}},
}
WRITER = Pod(
    "writer",
    volumes={"/store": {"persistentVolumeClaim": {"claimName": "store"}}, "/scratch": {"emptyDir": {}}},
)


@dataclass(frozen=True)
class Identity:
    """What the API server knows of the machine."""

    address: str
    machine: str
    start: str


@dataclass(frozen=True)
class Resumed:
    """The second node, and what was known of the first one."""

    node: Node
    before: Identity
    token: str


def _identity(node: Node) -> Identity:
    """Ask until the kubelet of this very node has reported."""
    [found] = json.loads(node.kubectl("get", "nodes", "-o", "json").stdout)["items"]
    status = found["status"]
    [address] = [one["address"] for one in status["addresses"] if one["type"] == "InternalIP"]
    return Identity(address, status["nodeInfo"]["machineID"], status["nodeInfo"]["bootID"])


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resumed]:
    volume = tmp_path_factory.mktemp("volume")
    with running_node(number=FIRST, volume=volume) as node:
        apply(node, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, STORE)
        start(node, WRITER)
        execute(node, WRITER.name, "sh", "-c", "echo kept > /store/file; echo lost > /scratch/file")
        token = node.kubectl("create", "token", "default", "-n", NAMESPACE, "--duration=1h").stdout
        before = _identity(node)
        node.kubectl("drain", NODE_NAME, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=60s")
    assert list(node.layout.folder.iterdir()) == [node.layout.logs]
    with running_node(number=SECOND, volume=volume) as node:
        start(node, WRITER)
        yield Resumed(node, before, token)


def test_the_machine_is_another_one(resumed: Resumed) -> None:
    after = _identity(resumed.node)
    assert [one.name for one in fields(after) if getattr(after, one.name) == getattr(resumed.before, one.name)] == []


def test_nothing_leads_to_the_address_of_before(resumed: Resumed) -> None:
    words = ("get", "endpointslices", "-n", "default", "kubernetes", "-o", "jsonpath={.endpoints[*].addresses[*]}")
    address = resumed.node.layout.address
    until(lambda: resumed.node.kubectl(*words).stdout == address, LEASE_SECONDS, f"only {address} serves the cluster")


def test_what_was_on_a_persistent_volume_is_there_and_what_was_not_is_gone(resumed: Resumed) -> None:
    assert execute(resumed.node, WRITER.name, "cat", "/store/file") == (0, "kept")
    assert execute(resumed.node, WRITER.name, "ls", "/scratch") == (0, "")


def test_a_token_of_before_is_still_valid(resumed: Resumed) -> None:
    words = ("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
    anybody = resumed.node.layout.folder / "anybody.kubeconfig"
    anybody.write_text(_without_certificates(resumed.node.kubeconfig))
    asked = ("--kubeconfig", anybody, "--token", resumed.token)
    assert resumed.node.kubectl(*words, *asked).stdout == f"system:serviceaccount:{NAMESPACE}:default"


def _without_certificates(kubeconfig: Path) -> str:
    return "\n".join(line for line in kubeconfig.read_text().splitlines() if "client-" not in line)
