"""Names of the lab's own parts: of their files, Deployments, Services and policies, and of those who read secrets."""

from __future__ import annotations

from typing import Final

DCGM_EXPORTER: Final = "dcgm-exporter"
DEFAULT_DENY: Final = "default-deny"
DEVICE_PLUGIN: Final = "device-plugin"
GRAFANA: Final = "grafana"
INGRESS: Final = "ingress"
KUBE_STATE_METRICS: Final = "kube-state-metrics"
LITELLM: Final = "litellm"
NEO4J: Final = "neo4j"
NODE_EXPORTER: Final = "node-exporter"
OLLAMA: Final = "ollama"
OLLAMA_PULL: Final = "ollama-pull"
OPEN_WEBUI: Final = "open-webui"
PHOENIX: Final = "phoenix"
POSTGRES: Final = "postgres"
POSTGRES_DUMPS: Final = "postgres-dumps"
PROMETHEUS: Final = "prometheus"
SEARXNG: Final = "searxng"
VIRTUAL_KEYS: Final = "virtual-keys"

TAKEN: Final = frozenset(value for name, value in globals().items() if name.isupper())
"""All of them: a vLLM server, which is named by its model's alias, may have none."""
