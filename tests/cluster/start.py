"""Start the lab of this repository for its tests; `python -m tests.cluster.start` keeps one running for many runs.

While that runs, `LAB_TEST_KEPT=1 pytest tests/cluster/...` uses its lab in place of one that takes minutes to start.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ailab.spec import LabSpec, load
from ailab.spec.models import Role
from infra import manifests
from infra.console import say
from infra.labs import DIST, LABS
from testnode.components import kubernetes_binary
from testnode.internet.hugging_face import HuggingFace, Repository
from testnode.internet.providers.table import provider_sites
from testnode.internet.search_engine import SearchEngine
from testnode.internet.thinking_model import thinking_model
from testnode.internet.tiny_model import chat_model, embedding_model
from testnode.lab_node import LabNode, lab_node
from testnode.node import Node
from testnode.patience import until
from tests.cluster.provider_keys import ALL_KEYS
from tests.cluster.running import ANSWER, METADATA, PAGES, PROVIDER_KEYS, TAILNET, THOUGHT, VERDICT, RunningLab

READY_SECONDS: Final = 600
DOOR_SECONDS: Final = 120
NODE: Final = int(os.environ.get("LAB_TEST_NODE", "0"))
"""Another number lets two runs go on beside each other."""


def this_lab() -> LabSpec:
    """Read the lab whose manifests are tested."""
    return load(LABS / "gpu-lab.toml")


@contextmanager
def started_node(spec: LabSpec, number: int = NODE, volume: Path | None = None) -> Iterator[LabNode]:
    """Run a node with the models, the search engine and the providers that the tests know; nothing is applied."""
    assert spec.ollama
    repositories = {server.model: Repository(server.revision, thinking_model(THOUGHT, VERDICT)) for server in spec.vllm}
    models = {
        model.tag: chat_model(ANSWER) if model.role is Role.CHAT else embedding_model(model.tag)
        for model in spec.ollama.models
    }
    sites = {
        **SearchEngine(PAGES).sites,
        **HuggingFace(repositories).sites,
        **provider_sites(spec.providers, ALL_KEYS),
    }
    objects = manifests.read(DIST / spec.name)
    addresses = {"metadata.test": METADATA, "tailnet.test": TAILNET}
    with lab_node(objects, models, sites=sites, addresses=addresses, number=number, volume=volume) as running:
        yield running


def operator(node: Node, spec: LabSpec, home: Path, door: str) -> RunningLab:
    """Give an operator of the node a folder with kubectl and keys."""
    (home / "kubectl").write_text(f'#!/bin/sh\nexec {kubernetes_binary()} kubectl "$@"\n')
    (home / "kubectl").chmod(0o755)
    (home / "keys.env").write_text("".join(f"{name}={value}\n" for name, value in PROVIDER_KEYS.items()))
    return RunningLab(node, spec, home, door)


def start(lab: RunningLab) -> None:
    """Apply the manifests first and the secrets after them: pods wait, they do not crash."""
    lab.node.kubectl("apply", "-f", DIST / lab.spec.name)
    lab.command("secrets", "apply", "--env-file", lab.home / "keys.env")
    lab.wait_until_ready(READY_SECONDS)
    until(lab.opens, DOOR_SECONDS, "the door is open")


def _keep() -> None:
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    spec = this_lab()
    with started_node(spec) as running, TemporaryDirectory() as home:
        say(f"KUBECONFIG={running.node.kubeconfig}")
        start(operator(running.node, spec, Path(home), running.door))
        say(f"the lab is ready at {running.door}: LAB_TEST_KEPT=1 pytest tests/cluster/... uses it; Ctrl-C ends it")
        signal.sigwait(ends)


if __name__ == "__main__":
    _keep()
