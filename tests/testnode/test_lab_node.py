"""What a node that runs a lab leaves to the lab."""

from __future__ import annotations

import pytest

from infra import manifests
from infra.labs import DIST
from testnode.lab_node import own_gpus


def test_beside_the_labs_device_plugin_the_node_advertises_no_gpu() -> None:
    """The kubelet goes by whoever registers last, and counts what the first one gave away as free."""
    assert own_gpus(manifests.images(manifests.read(DIST / "gpu-lab"))) == 0


@pytest.mark.parametrize("images", [[], ["docker.io/ollama/ollama:0.35.1", "docker.io/library/postgres:18.6"]])
def test_without_one_it_advertises_its_own(images: list[str]) -> None:
    assert own_gpus(images) == 2
