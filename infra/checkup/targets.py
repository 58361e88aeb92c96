"""Where each arrow leads to, as the part at its beginning calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ailab.network import API_SERVER, DNS, HTTPS, INTERNET
from ailab.spec import LabSpec, parts
from ailab.spec.providers import BedrockProvider, Provider
from infra import manifests
from infra.checkup.place import Target
from infra.edges import Edge

# One public host for each part that may reach the Internet: of the registries and search engines the first.
_PUBLIC: Final = {parts.OLLAMA_PULL: "registry.ollama.ai", parts.SEARXNG: "html.duckduckgo.com"}
_MODELS: Final = "huggingface.co"
# Of Bedrock each region has its own; Azure's is not here, since the owner keeps it secret.
_PROVIDERS: Final = {
    "anthropic": "api.anthropic.com",
    "openai": "api.openai.com",
    "gemini": "generativelanguage.googleapis.com",
    "xai": "api.x.ai",
    "together_ai": "api.together.xyz",
}
# The API server as every pod may call it; the Service leads to the port that the arrow names.
_API: Final = Target("kubernetes.default", HTTPS)
_NAME: Final = Target("kubernetes.default", 0)


def targets(spec: LabSpec, objects: Sequence[manifests.Object], edges: Iterable[Edge]) -> dict[Edge, Target]:
    """Find where arrows lead to; those that begin or end at what the manifests do not name are left out."""
    homes = {item["metadata"]["name"]: item["metadata"]["namespace"] for item in manifests.of_kind(objects, "Service")}
    sources = {
        template["metadata"]["labels"]["app.kubernetes.io/name"] for _, template in manifests.pod_templates(objects)
    }
    found = {edge: _target(spec, edge, homes) for edge in edges if edge.source in sources}
    return {edge: target for edge, target in found.items() if target}


def _target(spec: LabSpec, edge: Edge, homes: dict[str, str]) -> Target | None:
    if edge.target in homes:
        return Target(f"{edge.target}.{homes[edge.target]}", edge.port)
    if edge.target == API_SERVER.name:
        return _API
    if edge.target == DNS.name:
        return _NAME
    if edge.target == INTERNET.name and (host := _public(spec, edge.source)):
        return Target(host, edge.port)
    return None


def _public(spec: LabSpec, source: str) -> str | None:
    if source in _PUBLIC:
        return _PUBLIC[source]
    if source in {f"{server.alias}-fetch" for server in spec.vllm}:
        return _MODELS
    # One is enough: the arrow is the same to all of them, and none is asked for anything.
    return next(filter(None, (_host(name, provider) for name, provider in spec.providers.declared())), None)


def _host(name: str, provider: Provider) -> str | None:
    if isinstance(provider, BedrockProvider):
        return f"bedrock-runtime.{provider.region}.amazonaws.com"
    return _PROVIDERS.get(name)
