"""Grafana: dashboards over Prometheus, provisioned from files and never clicked together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from constructs import Construct

from ailab.alert_delivery import TOPIC_VARIABLE, delivery
from ailab.alerts import Alert
from ailab.configuration import yaml_text
from ailab.dashboards import dashboards
from ailab.images import GRAFANA
from ailab.network import HTTPS, INTERNET, connect
from ailab.part import Part
from ailab.prometheus import Prometheus
from ailab.secrets import ALERTS_TOPIC, GRAFANA_ADMIN, GRAFANA_KEY
from ailab.spec.observability import GrafanaSpec
from ailab.workload import Claim, Container, EnvValue, Files, Http, Mount, Port, Probes, Resources, Workload

PORT: Final = Port("http", 3000)
PROVISIONING: Final = "/etc/grafana/provisioning"
DASHBOARD_FOLDER: Final = "/etc/grafana/dashboards"  # outside the volume, which would hide it
SHOWN_IN: Final = "GPU lab"  # Grafana's own folder of the lab's dashboards and rules
DATASOURCE: Final = "prometheus"  # the uid; dashboards and rules refer to it


class Grafana(Part):
    """The dashboards; `reads` gives them their data, and `tells` says which alerts leave the lab."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: GrafanaSpec,
        *,
        url: str,
        ntfy: str | None = None,
        storage_class: str | None = None,
    ) -> None:
        """Make Grafana.

        Args:
            scope: a chart with a namespace, or a construct below one.
            id_: name of Grafana and its Service.
            spec: its section of the lab file.
            url: the address that people open it at.
            ntfy: the ntfy server that it sends alerts to; it sends none when None.
            storage_class: of the volume.

        """
        data = Claim(name=f"{id_}-data", size=spec.volume, storage_class=storage_class)
        container = Container(
            name="grafana",
            image=GRAFANA,
            env={**_settings(url), **({TOPIC_VARIABLE: ALERTS_TOPIC} if ntfy else {})},
            ports=(PORT,),
            mounts=(
                Mount(volume=data, path="/var/lib/grafana"),
                Mount(volume=Files(name=f"{id_}-dashboards", content=dashboards()), path=DASHBOARD_FOLDER),
                Mount(
                    volume=Files(name=f"{id_}-dashboard-provider", content={"lab.yaml": _provider()}),
                    path=f"{PROVISIONING}/dashboards",
                ),
                Mount(volume=_datasource(id_, None), path=f"{PROVISIONING}/datasources"),
                *([Mount(volume=_alerting(id_, ntfy, ()), path=f"{PROVISIONING}/alerting")] if ntfy else []),
            ),
            probes=Probes(ready=Http(path="/api/health", port=PORT.number), start_seconds=180),
            resources=Resources(cpu="100m", memory="256Mi", memory_limit=spec.memory),
        )
        super().__init__(scope, id_, Workload(name=id_, main=container))
        self._ntfy = ntfy
        if ntfy:
            connect(self.endpoint, INTERNET, HTTPS, "sends alerts")

    def reads(self, prometheus: Prometheus) -> None:
        """Take metrics from Prometheus."""
        connect(self.endpoint, prometheus.endpoint, prometheus.listens, "queries of dashboards")
        self.workload = self.workload.with_files(_datasource(self.workload.name, prometheus.url))

    def tells(self, alerts: Sequence[Alert]) -> None:
        """Send these alerts of Prometheus's, and no others, where there is a server for them."""
        if self._ntfy:
            self.workload = self.workload.with_files(_alerting(self.workload.name, self._ntfy, alerts))


def _datasource(name: str, address: str | None) -> Files:
    sources = (
        []
        if address is None
        else [
            {
                "name": "Prometheus",
                "uid": DATASOURCE,
                "type": "prometheus",
                "access": "proxy",
                "url": address,
                "isDefault": True,
                "editable": False,
                "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
            }
        ]
    )
    text = yaml_text({"apiVersion": 1, "prune": True, "datasources": sources})
    return Files(name=f"{name}-datasources", content={"prometheus.yaml": text})


def _alerting(name: str, ntfy: str, alerts: Sequence[Alert]) -> Files:
    text = delivery(ntfy, alerts, folder=SHOWN_IN, datasource=DATASOURCE)
    return Files(name=f"{name}-alerting", content={"lab.yaml": text})


def _provider() -> str:
    provider = {
        "name": "lab",
        "orgId": 1,
        "folder": SHOWN_IN,
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": DASHBOARD_FOLDER},
    }
    return yaml_text({"apiVersion": 1, "providers": [provider]})


def _settings(url: str) -> dict[str, EnvValue]:
    return {
        "GF_SECURITY_ADMIN_USER": "admin",
        "GF_SECURITY_ADMIN_PASSWORD": GRAFANA_ADMIN,
        "GF_SECURITY_SECRET_KEY": GRAFANA_KEY,
        "GF_SERVER_ROOT_URL": url,
        "GF_AUTH_ANONYMOUS_ENABLED": "false",
        "GF_USERS_ALLOW_SIGN_UP": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_NEWS_NEWS_FEED_ENABLED": "false",
        "GF_LOG_MODE": "console",
        # On a read-only root the installer unloads the bundled Prometheus plugin and cannot put it back: healthy, and
        # every panel empty (https://github.com/grafana/grafana/issues/132528).
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
        "GF_PLUGINS_PREINSTALL_AUTO_UPDATE": "false",
        "GF_UNIFIED_STORAGE_INDEX_PATH": "/tmp/bleve",  # noqa: S108 - the root is read-only
    }
