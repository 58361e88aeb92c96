"""Parts of a lab put together by hand, and what a test asks of the manifests that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cdk8s import App, Chart, YamlOutputType

from ailab import GpuInferenceService, LlmGateway, OpenWebUi, Postgres, WebIngress, ollama_engine, vllm_engine
from ailab.inference import Engine
from ailab.memory import Card, OllamaEngine, OllamaModel, VllmEngine, described, plan
from ailab.spec.lab import GatewaySpec
from ailab.spec.models import OllamaSpec, VllmSpec
from ailab.spec.postgres import PostgresSpec
from ailab.spec.providers import ProvidersSpec
from ailab.spec.web import ChatSpec
from infra.edges import edges
from infra.manifests import Object, read
from tests.policy.seeds import find

PROVIDERS: Final = ProvidersSpec.model_validate(
    {
        "anthropic": {"models": {"sonnet": "claude-sonnet-5-5"}},
        "openai": {"models": {"gpt": "gpt-6.1-sol"}},
        "bedrock": {"region": "us-east-1", "models": {"nova": "amazon.nova-pro-v1:0"}},
        "gemini": {"models": {"flash": "gemini-3.8-flash"}},
        "azure": {"api_version": "2025-04-01-preview", "models": {"azure-gpt": "a-deployment"}},
        "xai": {"models": {"grok": "grok-4.7"}},
        "together_ai": {"models": {"oss": "openai/gpt-oss-120b"}},
    }
)
MODELS: Final = OllamaSpec.model_validate(
    {
        "models": [
            {"alias": "llama", "tag": "llama3.1:8b"},
            {"alias": "nomic", "tag": "nomic-embed-text:v1.5", "role": "embedding"},
        ]
    }
)


MODEL: Final = described(weights=5.0, layers=32, kv_heads=8, head_dim=128, context=131072)
CARD: Final = Card("a card", 50.0)
OLLAMA: Final = plan(
    CARD, [OllamaEngine(name="ollama", models=(OllamaModel(alias="a", model=MODEL),) * 2, context=8192)]
)


def vllm_server(spec: VllmSpec, *, storage_class: str | None = None) -> Engine:
    """Describe a server that has a card for itself."""
    alone = VllmEngine(name=spec.alias, model=MODEL, context=spec.context_length, share=spec.gpu_memory_share)
    return vllm_engine(spec, plan(CARD, [alone]).vllm[0], storage_class=storage_class)


class Scene:
    """An app with one chart; its parts are made by methods, its manifests come from `objects`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._app = App(outdir=str(folder), yaml_output_type=YamlOutputType.FILE_PER_APP)
        self.chart = Chart(self._app, "scene", namespace="ai-lab", disable_resource_name_hashes=True)
        self.system_chart = Chart(self._app, "system", namespace="lab-system", disable_resource_name_hashes=True)

    def postgres(self) -> Postgres:
        return Postgres(self.chart, "postgres", PostgresSpec())

    def gateway(self, providers: ProvidersSpec = PROVIDERS) -> LlmGateway:
        return LlmGateway(self.chart, "litellm", GatewaySpec(), providers=providers, pod_network="10.42.0.0/16")

    def ollama(self, spec: OllamaSpec = MODELS) -> GpuInferenceService:
        return GpuInferenceService(self.chart, "ollama", ollama_engine(spec, OLLAMA.ollama if spec.gpu else None))

    def vllm(self, spec: VllmSpec, *, storage_class: str | None = None) -> GpuInferenceService:
        return GpuInferenceService(self.chart, spec.alias, vllm_server(spec, storage_class=storage_class))

    def chat(self) -> OpenWebUi:
        return OpenWebUi(self.chart, "open-webui", ChatSpec(), urls=("https://chat.example", "https://other.example"))

    def ingress(self, *, tls_outside: bool = True) -> WebIngress:
        return WebIngress(
            self.chart, "ingress", lab="gpu-lab", cluster_ip="10.43.0.80", api_port=6443, tls_outside=tls_outside
        )

    def objects(self) -> Sequence[Object]:
        self._app.synth()
        return read(self._folder)


def pod(objects: Sequence[Object], identity: str) -> Object:
    """Get the pod's spec of `Kind/name`."""
    spec: Object = find(objects, identity)["spec"]["template"]["spec"]
    return spec


def environment(container: Object) -> Mapping[str, str]:
    """Get a container's variables; a reference to a Secret is written `<name>/<key>`, an optional one with `?`."""
    return {variable["name"]: _value(variable) for variable in container.get("env", ())}


def _value(variable: Mapping[str, Any]) -> str:
    if "value" in variable:
        return str(variable["value"])
    reference = variable["valueFrom"]["secretKeyRef"]
    return f"{reference['name']}/{reference['key']}" + ("?" if reference.get("optional") else "")


def ends(objects: Sequence[Object]) -> set[tuple[str, str, int]]:
    """List the permitted edges but for the look-up of names; half an edge is none."""
    return {(edge.source, edge.target, edge.port) for edge in edges(objects) if edge.target != "dns"}
