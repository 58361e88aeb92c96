"""A lab without a part has nothing of it, and all of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ailab.spec import LabSpec
from infra.manifests import Object, of_kind
from tests.ailab.scene import ends, environment, pod
from tests.policy.seeds import find
from tests.synthesis import synthesize

OBSERVING = {"phoenix", "prometheus", "grafana", "kube-state-metrics", "node-exporter", "dcgm-exporter"}


def _lab(**more: object) -> Sequence[Object]:
    content: dict[str, Any] = {
        "name": "small",
        "tailnet": "tail1a2b3c",
        "ollama": {"models": [{"alias": "llama", "tag": "llama3.1:8b"}]},
        **more,
    }
    return synthesize(LabSpec.model_validate(content))


def _programs(objects: Sequence[Object]) -> set[str]:
    return {item["metadata"]["name"] for item in of_kind(objects, "Deployment", "DaemonSet", "NetworkPolicy")}


@pytest.fixture(scope="module")
def whole() -> set[str]:
    return _programs(_lab())


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        (["graph"], {"neo4j"}),
        (["search"], {"searxng"}),
        (["chat", "search"], {"open-webui", "searxng"}),
        (["observability"], OBSERVING),
        (["chat", "search", "graph", "observability"], {"open-webui", "searxng", "neo4j"} | OBSERVING),
    ],
    ids=lambda names: ", ".join(sorted(names)),
)
def test_exactly_the_programs_of_the_part_are_gone(without: list[str], gone: set[str], whole: set[str]) -> None:
    assert gone <= whole
    assert _programs(_lab(without=without)) == whole - gone


def test_without_observability_the_gpu_is_still_shared() -> None:
    objects = _lab(without=["observability"])
    assert find(objects, "RuntimeClass/nvidia-cdi")["handler"] == "nvidia-cdi"
    assert find(objects, "DaemonSet/device-plugin")["metadata"]["namespace"] == "small-system"


def test_a_lab_that_needs_nothing_of_the_node_has_no_privileged_namespace() -> None:
    models = {"gpu": False, "models": [{"alias": "llama", "tag": "llama3.1:8b"}]}
    objects = _lab(without=["observability"], ollama=models)
    assert [item["metadata"]["name"] for item in of_kind(objects, "Namespace")] == ["ai-lab"]


def test_without_a_chat_programs_still_have_a_key() -> None:
    objects = _lab(without=["chat", "search"])
    keys = pod(objects, "Job/virtual-keys")["containers"][0]
    assert environment(keys)["KEY_PROGRAMS_CHAT"] == "gateway-keys/chat"


def test_without_search_the_chat_is_told_of_none() -> None:
    objects = _lab(without=["search"])
    assert "SEARXNG_QUERY_URL" not in environment(pod(objects, "Deployment/open-webui")["containers"][0])
    assert {end for end in ends(objects) if "searxng" in end} == set()


def test_without_observability_the_gateway_sends_no_traces() -> None:
    objects = _lab(without=["observability"])
    assert "arize_phoenix" not in find(objects, "ConfigMap/litellm")["data"]["config.yaml"]
