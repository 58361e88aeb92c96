"""A node without a kubelet: objects are validated and kept, pods never run."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest

from infra.errors import LabError
from testnode.launch import Plan
from testnode.node import Node, running_node

pytestmark = pytest.mark.node

NUMBER = 102
SERVER_ONLY = Plan(server_only=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    """Start the server from a process that blocks a signal."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        with running_node(SERVER_ONLY, NUMBER) as node:
            yield node
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def test_it_keeps_objects_and_has_no_node(server: Node) -> None:
    server.kubectl("create", "configmap", "one", "--from-literal=key=value")
    assert server.kubectl("get", "configmap", "one", "-o", "jsonpath={.data.key}").stdout == "value"
    assert server.kubectl("get", "nodes").stderr.strip() == "No resources found"


def test_a_second_node_of_the_same_number_is_refused_and_the_first_one_lives_on(server: Node) -> None:
    with pytest.raises(LabError) as refused:
        Node(NUMBER).up(SERVER_ONLY)
    owner = rf"process {os.getpid()} \(.*\)"
    assert re.fullmatch(f"test node {NUMBER} is running for {owner}, and ends with it", str(refused.value))
    assert server.kubectl("get", "--raw", "/readyz").stdout == "ok"


def test_signals_that_the_owner_blocks_are_not_blocked_in_the_node(server: Node) -> None:
    assert server.inside("grep", "SigBlk", "/proc/1/status").stdout == "SigBlk:\t0000000000000000\n"
