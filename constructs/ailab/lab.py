"""The lab: every part, and every arrow between them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cdk8s import Chart

from ailab.alerts import OF_CLUSTER, OF_GPU, OF_NODE, idle
from ailab.dumps import PostgresDumps
from ailab.existing import ExistingIngress, ExistingPostgres
from ailab.exporters import GpuExporter, KubeStateMetrics, NodeExporter
from ailab.gateway import LlmGateway
from ailab.gpu_sharing import GpuSharing
from ailab.inference import GpuInferenceService
from ailab.ingress import WebIngress
from ailab.namespace import PRIVILEGED, LabNamespace
from ailab.neo4j import Neo4j
from ailab.observability import ObservabilityStack
from ailab.ollama import ollama_engine
from ailab.open_webui import OpenWebUi
from ailab.output import Output
from ailab.postgres import Database, Postgres
from ailab.prometheus import Scrape
from ailab.publication import WebRoute
from ailab.searxng import Searxng
from ailab.secrets import CHAT_KEY
from ailab.spec import parts
from ailab.spec.lab import Feature, LabSpec, Platform
from ailab.spec.models import Role
from ailab.spec.web import Exposure, Published
from ailab.virtual_keys import VirtualKey
from ailab.vllm import vllm_engine

# What a program needs of the gateway. Its administration, metrics and documentation stay inside: CVE-2026-42271 came
# in through a path that nobody needed.
GATEWAY_PATHS: Final = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/messages",
    "/v1/models",
    "/v1/responses",
    "/health/liveliness",
)


class Lab(Output):
    """One lab as its file describes it. `synth` writes a file for each part into `folder`."""

    def __init__(self, spec: LabSpec, folder: Path) -> None:
        super().__init__(folder, made_from=f"labs/{spec.name}.toml")
        self._spec = spec
        self._storage = spec.storage.storage_class

        LabNamespace(self._chart("00-namespace"), "namespace")
        self._machine()
        database, web = self._database(), self._web()
        pods = spec.cluster.pod_network
        gateway = LlmGateway(
            self._chart(parts.LITELLM), parts.LITELLM, spec.gateway, providers=spec.providers, pod_network=pods
        )
        inference = self._inference()
        gateway.stores_in(database)
        gateway.serves(*inference)
        if spec.has(Feature.CHAT):
            self._chat(gateway, database, web)
        else:
            gateway.virtual_keys.adds(VirtualKey(alias="programs-chat", value=CHAT_KEY, role=Role.CHAT))
        hosts = spec.hosts(Published.GATEWAY)
        web.publishes(WebRoute(service=gateway, hosts=hosts, paths=GATEWAY_PATHS, largest_upload="32m"))
        if spec.has(Feature.OBSERVABILITY):
            observability = self._observability(web)
            observability.stores_in(database)
            observability.watches(gateway, *inference)
            self._watches_the_machine(observability)
        if spec.has(Feature.GRAPH):
            Neo4j(self._chart(parts.NEO4J), parts.NEO4J, spec.graph, spec.backup, storage_class=self._storage)

    def _database(self) -> Database:
        """Make the database server with its dumps, or know the one that is there."""
        spec = self._spec.postgres
        if spec.existing:
            return ExistingPostgres(spec.existing)
        postgres = Postgres(self._chart(parts.POSTGRES), parts.POSTGRES, spec, storage_class=self._storage)
        chart, backup = self._chart(parts.POSTGRES_DUMPS), self._spec.backup
        PostgresDumps(chart, parts.POSTGRES_DUMPS, backup, postgres=postgres, storage_class=self._storage)
        return postgres

    def _web(self) -> WebIngress | ExistingIngress:
        """Make the web door, or know the one that is there."""
        spec = self._spec.web
        if spec.existing:
            return ExistingIngress(spec.existing.ingress_class, spec.existing.namespace)
        return WebIngress(
            self._chart(parts.INGRESS),
            parts.INGRESS,
            lab=self._spec.name,
            cluster_ip=spec.cluster_ip,
            api_port=self._spec.cluster.api_port,
            tls_outside=spec.exposure is Exposure.SERVICES,
        )

    def _chat(self, gateway: LlmGateway, database: Database, web: WebIngress | ExistingIngress) -> None:
        """Make the chat, and the search engine that only it asks."""
        spec = self._spec
        chart, urls = self._chart(parts.OPEN_WEBUI), spec.urls(Published.CHAT)
        chat = OpenWebUi(chart, parts.OPEN_WEBUI, spec.chat, urls=urls, storage_class=self._storage)
        chat.stores_in(database)
        chat.chats_through(gateway, embedding=next(iter(spec.aliases(Role.EMBEDDING)), None))
        if spec.has(Feature.SEARCH):
            chat.searches_with(Searxng(self._chart(parts.SEARXNG), parts.SEARXNG, spec.search))
        hosts = spec.hosts(Published.CHAT)
        web.publishes(WebRoute(service=chat, hosts=hosts, websocket=True, largest_upload="100m"))

    def _observability(self, web: WebIngress | ExistingIngress) -> ObservabilityStack:
        spec = self._spec
        observability = ObservabilityStack(
            self,
            "observability",
            spec.observability,
            charts=self._chart,
            phoenix_url=spec.urls(Published.TRACES)[0],
            grafana_url=spec.urls(Published.DASHBOARDS)[0],
            storage_class=self._storage,
        )
        web.publishes(
            WebRoute(service=observability.phoenix, hosts=spec.hosts(Published.TRACES)),
            WebRoute(service=observability.grafana, hosts=spec.hosts(Published.DASHBOARDS), websocket=True),
        )
        return observability

    def _machine(self) -> None:
        """Make what belongs to the nodes, unless the cluster has it."""
        spec = self._spec
        if self._owns_the_machine and (spec.gpu_shares or spec.has(Feature.OBSERVABILITY)):
            LabNamespace(self._system_chart("00-system-namespace"), "namespace", level=PRIVILEGED)
        if self._owns_the_machine and spec.gpu_shares:
            GpuSharing(self._system_chart(parts.DEVICE_PLUGIN), parts.DEVICE_PLUGIN, shares=spec.gpu_shares)

    def _watches_the_machine(self, observability: ObservabilityStack) -> None:
        """Make the exporters of what the cluster has no other for, and scrape them."""
        spec, own = self._spec, self._owns_the_machine
        if own:
            node = NodeExporter(self._system_chart(parts.NODE_EXPORTER), parts.NODE_EXPORTER)
            idle_hours = spec.observability.alerts.idle_hours
            observability.scrapes(Scrape(part=node, alerts=(*OF_NODE, *idle(idle_hours))))
        if own and spec.gpu_shares:
            gpu = GpuExporter(self._system_chart(parts.DCGM_EXPORTER), parts.DCGM_EXPORTER)
            observability.scrapes(Scrape(part=gpu, alerts=OF_GPU))
        state = KubeStateMetrics(
            self._chart(parts.KUBE_STATE_METRICS),
            parts.KUBE_STATE_METRICS,
            namespaces=(spec.namespace, *((spec.system_namespace,) if own else ())),
            api_port=spec.cluster.api_port,
        )
        observability.scrapes(Scrape(part=state, alerts=OF_CLUSTER))

    @property
    def _owns_the_machine(self) -> bool:
        return self._spec.cluster.platform is Platform.OWN

    def _inference(self) -> list[GpuInferenceService]:
        """Make a service for each engine that the file declares."""
        spec, plan = self._spec, self._spec.memory
        engines = [
            vllm_engine(server, share, storage_class=self._storage)
            for server, share in zip(spec.vllm, plan.vllm, strict=True)
        ]
        if spec.ollama:
            engines.insert(0, ollama_engine(spec.ollama, plan.ollama, storage_class=self._storage))
        return [GpuInferenceService(self._chart(e.server.name), e.server.name, e) for e in engines]

    def _chart(self, name: str) -> Chart:
        return self._chart_of(self._spec.namespace, name)

    def _system_chart(self, name: str) -> Chart:
        return self._chart_of(self._spec.system_namespace, name)

    def _chart_of(self, namespace: str, name: str) -> Chart:
        labels = {"app.kubernetes.io/part-of": self._spec.name}
        return Chart(self, name, namespace=namespace, labels=labels, disable_resource_name_hashes=True)
