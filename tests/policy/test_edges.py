"""The permitted edges are the architecture's arrows and a list of supporting ones, each with its reason. No third."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from infra.edges import edges
from infra.labs import DIST
from infra.manifests import Object, read

# Every arrow between programs that the owner asked for.
ARROWS = {
    ("node", "ingress", 8080),  # you, by Tailscale: tailscaled on the node hands requests over
    ("ingress", "open-webui", 8080),
    ("ingress", "litellm", 4000),
    ("ingress", "phoenix", 6006),
    ("ingress", "grafana", 3000),
    ("open-webui", "litellm", 4000),
    ("open-webui", "searxng", 8080),
    ("litellm", "postgres", 5432),
    ("litellm", "phoenix", 4317),
    ("litellm", "ollama", 11434),
    ("litellm", "deepseek-r1-vllm", 8000),
    ("litellm", "internet", 443),  # the seven paid providers
    ("prometheus", "litellm", 4000),
    ("prometheus", "deepseek-r1-vllm", 8000),
    ("grafana", "prometheus", 9090),
}
SUPPORTING = {
    ("open-webui", "postgres", 5432): "chats outlive the pod, in the one engine that is backed up",
    ("virtual-keys", "litellm", 4000): "the gateway must know the keys that programs use",
    ("ollama-pull", "internet", 443): "fetches models, so that the server needs no way out",
    ("deepseek-r1-vllm-fetch", "internet", 443): "fetches the model, so that the server needs no way out",
    ("ingress", "api-server", 6443): "reads the Ingresses that it serves",
    ("ingress", "dns", 53): "finds Services by name",
    ("open-webui", "dns", 53): "finds Services by name",
    ("litellm", "dns", 53): "finds Services and providers by name",
    ("virtual-keys", "dns", 53): "finds the gateway by name",
    ("ollama-pull", "dns", 53): "finds the models' registry by name",
    ("deepseek-r1-vllm-fetch", "dns", 53): "finds the models' site by name",
    ("postgres-dumps", "postgres", 5432): "makes the nightly dumps",
    ("phoenix", "postgres", 5432): "traces outlive the pod, in the one engine that is backed up",
    ("prometheus", "node-exporter", 9100): "the disk's alert",
    ("prometheus", "dcgm-exporter", 9400): "the GPU's alerts",
    ("prometheus", "kube-state-metrics", 8080): "the alerts on pods",
    ("kube-state-metrics", "api-server", 6443): "reads what pods and Jobs do",
    ("kube-state-metrics", "dns", 53): "comes with every outgoing edge",
    ("postgres-dumps", "dns", 53): "finds the server by name",
    ("phoenix", "dns", 53): "finds the database by name",
    ("prometheus", "dns", 53): "finds its targets by name",
    ("searxng", "internet", 443): "asks the search engines",
    ("searxng", "dns", 53): "finds the search engines by name",
    ("grafana", "dns", 53): "finds Prometheus by name",
}


@pytest.fixture(scope="module")
def objects() -> Sequence[Object]:
    return read(DIST / "gpu-lab")


@pytest.fixture(scope="module")
def permitted(objects: Sequence[Object]) -> set[tuple[str, str, int]]:
    return {(edge.source, edge.target, edge.port) for edge in edges(objects)}


def test_every_arrow_is_permitted(permitted: set[tuple[str, str, int]]) -> None:
    assert ARROWS - permitted == set()


def test_no_edge_is_permitted_without_being_asked_for(permitted: set[tuple[str, str, int]]) -> None:
    assert permitted - ARROWS - SUPPORTING.keys() == set()


def test_every_supporting_edge_is_still_needed(permitted: set[tuple[str, str, int]]) -> None:
    assert SUPPORTING.keys() - permitted == set()


def test_every_edge_says_why(objects: Sequence[Object]) -> None:
    assert [edge for edge in edges(objects) if not edge.why] == []
