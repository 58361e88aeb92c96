"""The lab: every part, and every arrow between them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cdk8s import App, Chart, YamlOutputType

from ailab.dumps import PostgresDumps
from ailab.exporters import GpuExporter, KubeStateMetrics, NodeExporter
from ailab.gateway import LlmGateway
from ailab.gpu_sharing import GpuSharing
from ailab.inference import GpuInferenceService
from ailab.ingress import WebIngress, WebRoute
from ailab.namespace import PRIVILEGED, LabNamespace
from ailab.neo4j import Neo4j
from ailab.observability import ObservabilityStack
from ailab.ollama import ollama_engine
from ailab.open_webui import OpenWebUi
from ailab.postgres import Postgres
from ailab.prometheus import Scrape
from ailab.searxng import Searxng
from ailab.spec.lab import LabSpec, Platform
from ailab.spec.models import Role
from ailab.spec.web import Exposure
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


class Lab(App):
    """One lab as its file describes it. `synth` writes a file for each part into `folder`."""

    def __init__(self, spec: LabSpec, folder: Path) -> None:
        one_file_a_chart = YamlOutputType.FILE_PER_CHART
        super().__init__(outdir=str(folder), output_file_extension=".yaml", yaml_output_type=one_file_a_chart)
        self._spec = spec
        self._folder = folder
        storage = spec.storage.storage_class

        LabNamespace(self._chart("00-namespace"), "namespace")
        postgres = Postgres(self._chart("postgres"), "postgres", spec.postgres, storage_class=storage)
        PostgresDumps(
            self._chart("postgres-dumps"), "postgres-dumps", spec.backup, postgres=postgres, storage_class=storage
        )
        gateway = LlmGateway(
            self._chart("litellm"),
            "litellm",
            spec.gateway,
            providers=spec.providers,
            pod_network=spec.cluster.pod_network,
        )
        chat = OpenWebUi(
            self._chart("open-webui"), "open-webui", spec.chat, urls=spec.urls("openwebui"), storage_class=storage
        )
        observability = self._observability(storage)
        searxng = Searxng(self._chart("searxng"), "searxng", spec.search)
        Neo4j(self._chart("neo4j"), "neo4j", spec.graph, spec.backup, storage_class=storage)
        web = self._web()

        gateway.stores_in(postgres)
        inference = self._inference(storage)
        gateway.serves(*inference)
        chat.stores_in(postgres)
        chat.chats_through(gateway, embedding=next(iter(spec.aliases(Role.EMBEDDING)), None))
        chat.searches_with(searxng)
        observability.stores_in(postgres)
        observability.watches(gateway, *inference)
        self._watches_the_machine(observability)
        web.publishes(
            WebRoute(service=chat, hosts=spec.hosts("openwebui"), websocket=True, largest_upload="100m"),
            WebRoute(service=gateway, hosts=spec.hosts("litellm"), paths=GATEWAY_PATHS, largest_upload="32m"),
            WebRoute(service=observability.phoenix, hosts=spec.hosts("phoenix")),
            WebRoute(service=observability.grafana, hosts=spec.hosts("grafana"), websocket=True),
        )

    def _watches_the_machine(self, observability: ObservabilityStack) -> None:
        """Make what belongs to the nodes, unless the cluster has it, and scrape it."""
        spec, own = self._spec, self._spec.cluster.platform is Platform.OWN
        if own:
            LabNamespace(self._system_chart("00-system-namespace"), "namespace", level=PRIVILEGED)
            node = NodeExporter(self._system_chart("node-exporter"), "node-exporter")
            observability.scrapes(Scrape(part=node, port=node.port))
        if own and spec.gpu_shares:
            GpuSharing(self._system_chart("device-plugin"), "device-plugin", shares=spec.gpu_shares)
            gpu = GpuExporter(self._system_chart("dcgm-exporter"), "dcgm-exporter")
            observability.scrapes(Scrape(part=gpu, port=gpu.port))
        state = KubeStateMetrics(
            self._chart("kube-state-metrics"),
            "kube-state-metrics",
            namespaces=(spec.namespace, *((spec.system_namespace,) if own else ())),
            api_port=spec.cluster.api_port,
        )
        observability.scrapes(Scrape(part=state, port=state.port))

    def _inference(self, storage: str | None) -> list[GpuInferenceService]:
        """Make a service for each engine that the file declares."""
        engines = [vllm_engine(server, storage_class=storage) for server in self._spec.vllm]
        if self._spec.ollama:
            engines.insert(0, ollama_engine(self._spec.ollama, storage_class=storage))
        return [GpuInferenceService(self._chart(e.server.name), e.server.name, e) for e in engines]

    def _observability(self, storage: str | None) -> ObservabilityStack:
        return ObservabilityStack(
            self,
            "observability",
            self._spec.observability,
            charts=self._chart,
            phoenix_url=self._spec.urls("phoenix")[0],
            grafana_url=self._spec.urls("grafana")[0],
            storage_class=storage,
        )

    def _web(self) -> WebIngress:
        return WebIngress(
            self._chart("ingress"),
            "ingress",
            lab=self._spec.name,
            cluster_ip=self._spec.web.cluster_ip,
            api_port=self._spec.cluster.api_port,
            tls_outside=self._spec.web.exposure is Exposure.SERVICES,
        )

    def _chart(self, name: str) -> Chart:
        return self._chart_of(self._spec.namespace, name)

    def _system_chart(self, name: str) -> Chart:
        return self._chart_of(self._spec.system_namespace, name)

    def _chart_of(self, namespace: str, name: str) -> Chart:
        labels = {"app.kubernetes.io/part-of": self._spec.name}
        return Chart(self, name, namespace=namespace, labels=labels, disable_resource_name_hashes=True)

    def synth(self) -> None:
        """Write the files; each begins by saying where a change belongs."""
        super().synth()
        for file in self._folder.glob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(
                f"# Made from labs/{self._spec.name}.toml by ./lab synth: edit that, not this.\n{text}",
                encoding="utf-8",
            )
