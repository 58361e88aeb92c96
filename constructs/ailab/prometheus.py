"""Prometheus: metrics of the parts, scraped from addresses that are known when manifests are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from constructs import Construct

from ailab.alerts import TARGET_DOWN, Alert, rules
from ailab.configuration import yaml_text
from ailab.images import PROMETHEUS
from ailab.network import connect
from ailab.part import Part, Server
from ailab.spec.observability import PrometheusSpec
from ailab.workload import Claim, Container, Files, Http, Mount, Port, Probes, Resources, Workload

PORT: Final = Port("http", 9090)
CONFIG: Final = "/etc/prometheus"
DATA: Final = "/prometheus"


@dataclass(frozen=True, kw_only=True)
class Scrape:
    """Where a program shows its metrics, a path of the first port of its Service, and the alerts that measure them."""

    part: Server
    path: str = "/metrics"
    alerts: Sequence[Alert] = ()


class Prometheus(Part):
    """The metrics store. It needs no way to the API server and no token: its targets are Service names."""

    def __init__(self, scope: Construct, id_: str, spec: PrometheusSpec, *, storage_class: str | None = None) -> None:
        self._scrapes: list[Scrape] = []
        data = Claim(name=f"{id_}-data", size=spec.volume, storage_class=storage_class)
        container = Container(
            name="prometheus",
            image=PROMETHEUS,
            # Arguments replace the image's own, so its two are repeated.
            args=(
                f"--config.file={CONFIG}/prometheus.yml",
                f"--storage.tsdb.path={DATA}",
                f"--storage.tsdb.retention.time={spec.keep}",
                f"--web.listen-address=:{PORT.number}",
            ),
            ports=(PORT,),
            mounts=(Mount(volume=data, path=DATA), Mount(volume=self._files(id_), path=CONFIG)),
            probes=Probes(
                ready=Http(path="/-/ready", port=PORT.number),
                alive=Http(path="/-/healthy", port=PORT.number),
                start_seconds=300,  # reads its log of writes back
            ),
            resources=Resources(cpu="100m", memory="512Mi", memory_limit=spec.memory),
        )
        super().__init__(scope, id_, Workload(name=id_, main=container))

    def watches(self, *scrapes: Scrape) -> None:
        """Scrape parts every 15 s."""
        for scrape in scrapes:
            self._scrapes.append(scrape)
            connect(self.endpoint, scrape.part.endpoint, scrape.part.listens, "scrapes metrics")
        self.workload = self.workload.with_files(self._files(self.workload.name))

    @property
    def alerts(self) -> Sequence[Alert]:
        """What it decides about, by what it scrapes."""
        return tuple(dict.fromkeys((TARGET_DOWN, *(alert for scrape in self._scrapes for alert in scrape.alerts))))

    def _files(self, name: str) -> Files:
        config = {
            "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
            "rule_files": [f"{CONFIG}/rules.yml"],
            "scrape_configs": [self._job(scrape) for scrape in self._scrapes],
        }
        text = yaml_text(rules(self.alerts))
        return Files(name=name, content={"prometheus.yml": yaml_text(config), "rules.yml": text})

    def _job(self, scrape: Scrape) -> dict[str, object]:
        name, namespace = scrape.part.workload.name, scrape.part.home.namespace
        host = name if namespace == self.home.namespace else f"{name}.{namespace}"
        return {
            "job_name": name,
            "metrics_path": scrape.path,
            "static_configs": [{"targets": [f"{host}:{scrape.part.port}"]}],
        }
