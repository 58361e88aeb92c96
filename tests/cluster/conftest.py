"""The lab of this repository, running: dist/ as it is, on a real node, with the real programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ailab.spec import LabSpec, load
from ailab.spec.models import Role
from infra import manifests, process
from infra.labs import DIST, LABS, ROOT
from testnode.build import missing
from testnode.components import kubernetes_binary
from testnode.internet.model_registry import ModelRegistry
from testnode.internet.server import Internet, internet
from testnode.internet.tiny_model import chat_model, embedding_model
from testnode.launch import Plan
from testnode.node import Node, running_node
from testnode.patience import until
from testnode.programs.table import stand_ins
from tests.cluster.running import ANSWER, DOOR_PORT, METADATA, PROVIDER_KEYS, RunningLab

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
def outside(spec: LabSpec) -> Iterator[Internet]:
    """Serve Ollama's registry with tiny models under the lab's own names."""
    assert spec.ollama
    models = {
        model.tag: chat_model(ANSWER) if model.role is Role.CHAT else embedding_model(model.tag)
        for model in spec.ollama.models
    }
    registry = ModelRegistry(models)
    with internet(registry.sites) as running:
        yield running


@pytest.fixture(scope="session")
def node(objects: list[manifests.Object], outside: Internet) -> Iterator[Node]:
    if lacking := missing():
        pytest.fail(f"not built: {', '.join(lacking)}; run ./lab cluster build")
    programs = stand_ins()
    references = {
        container["image"]
        for _, template in manifests.pod_templates(objects)
        for container in [*template["spec"]["containers"], *template["spec"].get("initContainers", [])]
    }
    images = {
        reference: outside.trusted_by(programs[reference.split("@")[0].rpartition(":")[0]]) for reference in references
    }
    with running_node(Plan(images=images, hosts={**outside.hosts, "metadata.test": METADATA})) as node:
        node.kubectl("label", "node", "--all", "ailab/tailnet-door=true")
        yield node


@pytest.fixture(scope="session")
def lab(node: Node, spec: LabSpec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """Apply the manifests first and the secrets after them: pods wait, they do not crash."""
    home = tmp_path_factory.mktemp("operator")
    (home / "kubectl").symlink_to(kubernetes_binary())
    (home / "keys.env").write_text("".join(f"{name}={value}\n" for name, value in PROVIDER_KEYS.items()))
    node.kubectl("apply", "-f", DIST / spec.name)
    lab = RunningLab(node, spec, home)
    lab.command("secrets", "apply", "--env-file", home / "keys.env")
    lab.wait_until_ready(READY_SECONDS)
    target = f"{spec.web.cluster_ip}:80"
    door = process.start(
        node.entering(sys.executable, "-m", "testnode.door", f"{node.layout.address}:{DOOR_PORT}", target),
        log=home / "door.log",
        cwd=ROOT,
    )
    until(lambda: _opens(lab), 30, "the door is open")
    yield lab
    door.kill()
    door.wait()


def _opens(lab: RunningLab) -> bool:
    try:
        return lab.browser("openwebui").get("/health").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
