"""The lab of this repository, running: dist/ as it is, on a real node, with the real programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ailab.spec import LabSpec, load
from ailab.spec.models import Role
from infra import manifests
from infra.labs import DIST, LABS
from testnode.components import kubernetes_binary
from testnode.internet.providers.table import provider_sites
from testnode.internet.search_engine import SearchEngine
from testnode.internet.tiny_model import chat_model, embedding_model
from testnode.lab_node import LabNode, lab_node
from testnode.node import Node
from testnode.patience import until
from tests.cluster.provider_keys import ALL_KEYS
from tests.cluster.running import ANSWER, METADATA, PAGES, PROVIDER_KEYS, RunningLab

READY_SECONDS = 420


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as needing the node."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.node)


@pytest.fixture(scope="session")
def spec() -> LabSpec:
    return load(LABS / "gpu-lab.toml")


@pytest.fixture(scope="session")
def objects(spec: LabSpec) -> list[manifests.Object]:
    return manifests.read(DIST / spec.name)


@pytest.fixture(scope="session")
def running(spec: LabSpec, objects: list[manifests.Object]) -> Iterator[LabNode]:
    assert spec.ollama
    models = {
        model.tag: chat_model(ANSWER) if model.role is Role.CHAT else embedding_model(model.tag)
        for model in spec.ollama.models
    }
    sites = {**SearchEngine(PAGES).sites, **provider_sites(spec.providers, ALL_KEYS)}
    number = int(os.environ.get("LAB_TEST_NODE", "0"))  # another one lets two runs go on beside each other
    with lab_node(objects, models, sites=sites, addresses={"metadata.test": METADATA}, number=number) as running:
        yield running


@pytest.fixture(scope="session")
def node(running: LabNode) -> Node:
    return running.node


@pytest.fixture(scope="session")
def lab(running: LabNode, spec: LabSpec, tmp_path_factory: pytest.TempPathFactory) -> RunningLab:
    """Apply the manifests first and the secrets after them: pods wait, they do not crash."""
    home = tmp_path_factory.mktemp("operator")
    (home / "kubectl").write_text(f'#!/bin/sh\nexec {kubernetes_binary()} kubectl "$@"\n')
    (home / "kubectl").chmod(0o755)
    (home / "keys.env").write_text("".join(f"{name}={value}\n" for name, value in PROVIDER_KEYS.items()))
    running.node.kubectl("apply", "-f", DIST / spec.name)
    lab = RunningLab(running.node, spec, home, running.door)
    lab.command("secrets", "apply", "--env-file", home / "keys.env")
    lab.wait_until_ready(READY_SECONDS)
    until(lambda: _opens(lab), 30, "the door is open")
    return lab


def _opens(lab: RunningLab) -> bool:
    try:
        with lab.browser("openwebui") as browser:
            return browser.get("/health").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
