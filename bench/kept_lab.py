"""The lab that `python -m tests.cluster.start` keeps, of the node that LAB_TEST_NODE names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from testnode.lab_node import DOOR_PORT
from testnode.node import Node
from tests.cluster.running import RunningLab
from tests.cluster.start import NODE, operator, this_lab


@contextmanager
def kept_lab() -> Iterator[RunningLab]:
    """Give it to an operator whose folder lasts as long as the block."""
    node = Node(NODE)
    with TemporaryDirectory() as home:
        yield operator(node, this_lab(), Path(home), f"http://{node.layout.address}:{DOOR_PORT}")
