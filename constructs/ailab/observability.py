"""Traces, metrics and dashboards, as one construct."""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from ailab.alerts import OF_GATEWAY, OF_VLLM
from ailab.gateway import LlmGateway
from ailab.grafana import Grafana
from ailab.inference import GpuInferenceService
from ailab.phoenix import Phoenix
from ailab.postgres import Database
from ailab.prometheus import Prometheus, Scrape
from ailab.spec import parts
from ailab.spec.observability import ObservabilitySpec


class ObservabilityStack(Construct):
    """Phoenix, Prometheus and Grafana: `watches` adds a gateway and its inference services."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: ObservabilitySpec,
        *,
        charts: Callable[[str], Construct] | None = None,
        phoenix_url: str,
        grafana_url: str,
        storage_class: str | None = None,
    ) -> None:
        """Make the three parts.

        Args:
            scope: a chart with a namespace, or a construct below one; with `charts` any construct.
            id_: name of the construct.
            spec: its section of the lab file.
            charts: gives each part a scope of its own, by its name; all go into `scope` when None.
            phoenix_url: the address that people open Phoenix at.
            grafana_url: the same of Grafana.
            storage_class: of the volumes.

        """
        super().__init__(scope, id_)
        place = charts or (lambda _name: self)
        self.phoenix = Phoenix(place(parts.PHOENIX), parts.PHOENIX, spec.phoenix, url=phoenix_url)
        self.prometheus = Prometheus(
            place(parts.PROMETHEUS), parts.PROMETHEUS, spec.prometheus, storage_class=storage_class
        )
        self.grafana = Grafana(
            place(parts.GRAFANA),
            parts.GRAFANA,
            spec.grafana,
            url=grafana_url,
            ntfy=spec.alerts.ntfy,
            storage_class=storage_class,
        )
        self.grafana.reads(self.prometheus)

    def stores_in(self, database: Database) -> None:
        """Keep traces in the database."""
        self.phoenix.stores_in(database)

    def watches(self, gateway: LlmGateway, *services: GpuInferenceService) -> None:
        """Take the gateway's traces, and scrape it and those services that have metrics, which are vLLM's."""
        gateway.traces_to(self.phoenix)
        # The path with the slash: the other one answers with a redirect.
        self.scrapes(Scrape(part=gateway, path="/metrics/", alerts=OF_GATEWAY))
        self.scrapes(*(Scrape(part=service, alerts=OF_VLLM) for service in services if service.has_metrics))

    def scrapes(self, *scrapes: Scrape) -> None:
        """Scrape parts, and tell of what is wrong with them."""
        self.prometheus.watches(*scrapes)
        self.grafana.tells(self.prometheus.alerts)
