"""A lab, whole: what one file in `labs/` says, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from ailab.memory import MemoryPlan
from ailab.spec.agreement import disagreements
from ailab.spec.backup import BackupSpec
from ailab.spec.droplet import DropletSpec
from ailab.spec.faults import together
from ailab.spec.gpu import GpuSpec
from ailab.spec.graph import GraphSpec
from ailab.spec.memory import planned, pods_too_small, unplannable
from ailab.spec.models import OllamaSpec, Role, VllmSpec
from ailab.spec.notation import path_of
from ailab.spec.observability import ObservabilitySpec
from ailab.spec.postgres import PostgresSpec
from ailab.spec.providers import ProvidersSpec
from ailab.spec.remedies import refusal
from ailab.spec.search import SearchSpec
from ailab.spec.values import Alias, Duration, Label, Namespace, Network, Section, Size, Tailnet
from ailab.spec.web import ChatSpec, Exposure, WebSpec


class Platform(StrEnum):
    """Who makes what a cluster has once: the runtime class, the device plugin, the exporters of nodes and GPUs."""

    OWN = "own"  # the lab, in a privileged namespace of its own
    EXISTING = "existing"  # the cluster


class Feature(StrEnum):
    """What a lab may be without."""

    CHAT = "chat"
    SEARCH = "search"
    GRAPH = "graph"
    OBSERVABILITY = "observability"


class ClusterSpec(Section):
    """The Kubernetes cluster that the lab is applied to; the defaults are k3s's own."""

    platform: Platform = Field(
        Platform.OWN,
        description="who makes what a cluster has once (runtime class, device plugin, exporters of nodes and GPUs): "
        "own (the lab) or existing (the cluster has it)",
        examples=["own"],
    )
    pod_network: Network = Field("10.42.0.0/16", description="addresses of pods", examples=["10.42.0.0/16"])
    service_network: Network = Field("10.43.0.0/16", description="addresses of Services", examples=["10.43.0.0/16"])
    api_port: int = Field(6443, strict=True, ge=1, le=65535, description="port of the API server", examples=[6443])


class GatewaySpec(Section):
    """LiteLLM, the gateway."""

    memory: Size = Field("2Gi", description="memory limit of the pod", examples=["2Gi"])
    keep_requests: Duration = Field(
        "30d", description="how long requests and answers stay in PostgreSQL", examples=["30d"]
    )
    # None unless the owner asks for them: a paid model costs, and sees what was meant for a local one.
    fallbacks: Mapping[Alias, tuple[Alias, ...]] = Field(
        {},
        title="table of lists",
        description="chat model = the chat models that answer in its place, in this order, when it does not",
        examples=[{"llama3.1": ["claude-haiku"]}],
    )


class StorageSpec(Section):
    """Volumes of the cluster."""

    storage_class: Label | None = Field(
        None,
        alias="class",
        description="StorageClass of every volume; the cluster's default when absent",
        examples=["local-path"],
    )


class LabSpec(Section):
    """One lab. Everything else - manifests, host names, host configuration - is derived from it."""

    name: Label = Field(description="name of the lab", examples=["gpu-lab"])
    tailnet: Tailnet = Field(description="the tailnet's part of <machine>.<tailnet>.ts.net", examples=["tail1a2b3c"])
    namespace: Namespace = Field("ai-lab", description="Kubernetes namespace", examples=["ai-lab"])
    without: tuple[Feature, ...] = Field(
        (), description="what the lab does not have: any of chat, search, graph, observability", examples=[["graph"]]
    )
    web: WebSpec = Field(WebSpec(), description="how people reach the lab")
    cluster: ClusterSpec = Field(ClusterSpec(), description="the cluster's own addresses")
    storage: StorageSpec = Field(StorageSpec(), description="volumes")
    postgres: PostgresSpec = Field(PostgresSpec(), description="PostgreSQL")
    backup: BackupSpec = Field(BackupSpec(), description="dumps of the databases")
    gateway: GatewaySpec = Field(GatewaySpec(), description="LiteLLM")
    chat: ChatSpec = Field(ChatSpec(), description="Open WebUI")
    observability: ObservabilitySpec = Field(ObservabilitySpec(), description="traces, metrics, dashboards")
    search: SearchSpec = Field(SearchSpec(), description="SearXNG")
    graph: GraphSpec = Field(GraphSpec(), description="Neo4j")
    gpu: GpuSpec = Field(GpuSpec(), description="the card that the local models share")
    droplet: DropletSpec = Field(DropletSpec(), description="the machine that `./lab up` rents at DigitalOcean")
    ollama: OllamaSpec | None = Field(None, description="Ollama, local models")
    vllm: tuple[VllmSpec, ...] = Field((), description="vLLM servers, local models", examples=[[]])
    providers: ProvidersSpec = Field(ProvidersSpec(), description="paid providers")

    def has(self, feature: Feature) -> bool:
        """Whether the lab has what it may be without."""
        return feature not in self.without

    @property
    def system_namespace(self) -> str:
        """Where the programs are that belong to the cluster's nodes."""
        return f"{self.name}-system"

    @property
    def gpu_shares(self) -> int:
        """How many servers share the GPU."""
        return len(self.vllm) + (self.ollama is not None and self.ollama.gpu)

    @property
    def memory(self) -> MemoryPlan:
        """Who takes what of the GPU's memory."""
        return planned(self)

    def aliases(self, role: Role) -> tuple[str, ...]:
        """Names of all models of one role, local ones first, in the file's order."""
        local = [model.alias for model in self.ollama.models if model.role is role] if self.ollama else []
        if role is Role.EMBEDDING:
            return tuple(local)
        served = [server.alias for server in self.vllm]
        paid = [alias for _, provider in self.providers.declared() for alias in provider.models]
        return (*local, *served, *paid)

    def hosts(self, service: str) -> tuple[str, str]:
        """Both host names of a published service; the first is the one that `web.exposure` makes work."""
        own = f"{service}.{self.tailnet}.ts.net"
        under_lab = f"{service}.{self.name}.{self.tailnet}.ts.net"
        return (own, under_lab) if self.web.exposure is Exposure.SERVICES else (under_lab, own)

    def urls(self, service: str) -> tuple[str, str]:
        """Addresses of a published service as a person types them, the usual one first."""
        # Only Tailscale Services bring certificates; in the other modes WireGuard alone encrypts.
        scheme = "https" if self.web.exposure is Exposure.SERVICES else "http"
        first, second = self.hosts(service)
        return f"{scheme}://{first}", f"{scheme}://{second}"

    def models(self) -> Iterator[tuple[str, str]]:
        """Give every model's place in the file and its alias."""
        if self.ollama:
            for number, model in enumerate(self.ollama.models):
                yield f"ollama.models[{number}].alias", model.alias
        for number, server in enumerate(self.vllm):
            yield f"vllm[{number}].alias", server.alias
        for name, provider in self.providers.declared():
            for alias in provider.models:
                yield path_of(("providers", name, "models", alias)), alias

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        # Whether the models fit is a question for a file that is right otherwise.
        if found := [*disagreements(self), *unplannable(self)] or [*refusal(self), *pods_too_small(self)]:
            raise together(found)
        return self
