"""A lab without a part has nothing of it, and all of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ailab import Lab
from ailab.spec import LabSpec
from infra.manifests import Object, of_kind, read
from tests.ailab.scene import ends, environment, pod
from tests.policy.seeds import find

OBSERVING = {"phoenix", "prometheus", "grafana", "kube-state-metrics", "node-exporter", "dcgm-exporter"}


def _lab(folder: Path, **more: object) -> Sequence[Object]:
    content: dict[str, Any] = {
        "name": "small",
        "tailnet": "tail1a2b3c",
        "ollama": {"models": [{"alias": "llama", "tag": "llama3.1:8b"}]},
        **more,
    }
    Lab(LabSpec.model_validate(content), folder).synth()
    return read(folder)


def _programs(objects: Sequence[Object]) -> set[str]:
    return {item["metadata"]["name"] for item in of_kind(objects, "Deployment", "DaemonSet", "NetworkPolicy")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return _programs(_lab(tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        (["graph"], {"neo4j"}),
        (["search"], {"searxng"}),
        (["chat", "search"], {"open-webui", "searxng"}),
        (["observability"], OBSERVING),
        (["chat", "search", "graph", "observability"], {"open-webui", "searxng", "neo4j"} | OBSERVING),
    ],
    ids=", ".join,
)
def test_exactly_the_programs_of_the_part_are_gone(
    without: list[str], gone: set[str], whole: set[str], tmp_path: Path
) -> None:
    assert gone <= whole
    assert _programs(_lab(tmp_path, without=without)) == whole - gone


def test_without_observability_the_gpu_is_still_shared(tmp_path: Path) -> None:
    objects = _lab(tmp_path, without=["observability"])
    assert find(objects, "RuntimeClass/nvidia-cdi")["handler"] == "nvidia-cdi"
    assert find(objects, "DaemonSet/device-plugin")["metadata"]["namespace"] == "small-system"


def test_a_lab_that_needs_nothing_of_the_node_has_no_privileged_namespace(tmp_path: Path) -> None:
    models = {"gpu": False, "models": [{"alias": "llama", "tag": "llama3.1:8b"}]}
    objects = _lab(tmp_path, without=["observability"], ollama=models)
    assert [item["metadata"]["name"] for item in of_kind(objects, "Namespace")] == ["ai-lab"]


def test_without_a_chat_programs_still_have_a_key(tmp_path: Path) -> None:
    objects = _lab(tmp_path, without=["chat", "search"])
    keys = pod(objects, "Job/virtual-keys")["containers"][0]
    assert environment(keys)["KEY_PROGRAMS_CHAT"] == "gateway-keys/chat"


def test_without_search_the_chat_is_told_of_none(tmp_path: Path) -> None:
    objects = _lab(tmp_path, without=["search"])
    assert "SEARXNG_QUERY_URL" not in environment(pod(objects, "Deployment/open-webui")["containers"][0])
    assert {end for end in ends(objects) if "searxng" in end} == set()


def test_without_observability_the_gateway_sends_no_traces(tmp_path: Path) -> None:
    objects = _lab(tmp_path, without=["observability"])
    assert "arize_phoenix" not in find(objects, "ConfigMap/litellm")["data"]["config.yaml"]
