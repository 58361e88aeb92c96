"""The lab of this repository, running: dist/ as it is, on a real node, with the real programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ailab.spec import LabSpec
from infra import manifests
from infra.labs import DIST
from testnode.lab_node import DOOR_PORT, LabNode
from testnode.node import Node
from tests.cluster.running import RunningLab
from tests.cluster.start import NODE, operator, start, started_node, this_lab

KEPT = "LAB_TEST_KEPT" in os.environ
"""Whether `python -m tests.cluster.start` keeps a lab running that is to be used."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as needing the node, and do faults to the lab when nothing else asks how it has been."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.node)
    items.sort(key=lambda item: item.path == here / "test_faults.py")


@pytest.fixture(scope="session")
def spec() -> LabSpec:
    return this_lab()


@pytest.fixture(scope="session")
def objects(spec: LabSpec) -> list[manifests.Object]:
    return manifests.read(DIST / spec.name)


@pytest.fixture(scope="session")
def running(spec: LabSpec) -> Iterator[LabNode]:
    if KEPT:
        pytest.skip("the kept lab's internet is in another process: what it was asked is not known here")
    with started_node(spec) as running:
        yield running


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Node:
    if KEPT:
        return Node(NODE)
    running: LabNode = request.getfixturevalue("running")
    return running.node


@pytest.fixture(scope="session")
def lab(node: Node, spec: LabSpec, tmp_path_factory: pytest.TempPathFactory) -> RunningLab:
    lab = operator(node, spec, tmp_path_factory.mktemp("operator"), f"http://{node.layout.address}:{DOOR_PORT}")
    if not KEPT:
        start(lab)
    return lab
