"""What alerts and dashboards ask of the node is among what node-exporter shows as the manifests start it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from ailab.exporters import NODE, ROOT
from infra import process
from testnode.patience import until
from testnode.programs.node_exporter import MODULE
from tests.ailab.scene import pod
from tests.observability.expositions import FOLDER
from tests.observability.metrics import free_port
from tests.synthesis import committed

pytestmark = [pytest.mark.node, pytest.mark.proves(2)]

SECONDS = 60
SERIES = re.compile(r"^(\w+)", re.MULTILINE)


def _arguments(port: int) -> list[str]:
    """Take those of the manifest, for this machine in place of a node that is mounted."""
    [container] = pod(committed("gpu-lab"), "DaemonSet/node-exporter")["containers"]
    words: list[str] = container["args"]
    assert f"--web.listen-address=:{NODE.number}" in words
    here = (word.replace(f":{NODE.number}", f"127.0.0.1:{port}").replace(f"={ROOT}", "=/") for word in words)
    return [word.replace("=//", "=/") for word in here]


def _shown(address: str) -> set[str]:
    try:
        return set(SERIES.findall(httpx.get(address, timeout=SECONDS).text))
    except httpx.TransportError:
        return set()


def test_node_exporter_shows_what_is_kept_of_it_for_the_queries(tmp_path: Path) -> None:
    kept = {name for file in (FOLDER / "node-exporter").iterdir() for name in SERIES.findall(file.read_text("utf-8"))}
    port = free_port()
    child = process.start([MODULE.recipe.folder / "node_exporter", *_arguments(port)], log=tmp_path / "log")
    try:
        until(lambda: _shown(f"http://127.0.0.1:{port}/metrics") != set(), SECONDS, "node-exporter answers")
        assert kept - _shown(f"http://127.0.0.1:{port}/metrics") == set()
    finally:
        child.terminate()
        child.wait(SECONDS)
