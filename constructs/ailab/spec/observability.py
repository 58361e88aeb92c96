"""What the lab remembers of itself: traces, metrics, dashboards."""

from __future__ import annotations

from pydantic import Field

from ailab.spec.values import Duration, Section, Size, WebServer


class PhoenixSpec(Section):
    """Phoenix, traces."""

    keep_days: int = Field(30, ge=1, le=3650, description="days that traces stay", examples=[30])
    memory: Size = Field("2Gi", description="memory limit of the pod", examples=["2Gi"])


class PrometheusSpec(Section):
    """Prometheus, metrics."""

    volume: Size = Field("20Gi", description="space for metrics", examples=["20Gi"])
    keep: Duration = Field("15d", description="how long metrics stay", examples=["15d"])
    memory: Size = Field("2Gi", description="memory limit of the pod", examples=["2Gi"])


class GrafanaSpec(Section):
    """Grafana, dashboards."""

    volume: Size = Field("2Gi", description="space for users and preferences", examples=["2Gi"])
    memory: Size = Field("1Gi", description="memory limit of the pod", examples=["1Gi"])


class AlertsSpec(Section):
    """How alerts reach the lab's owner."""

    ntfy: WebServer | None = Field(
        None,
        description="ntfy server that sends alerts to phones, under a secret topic; none are sent when absent",
        examples=["https://ntfy.sh"],
    )
    idle_hours: int = Field(
        3,
        ge=0,
        le=168,
        description="hours in which no model was asked for anything, after which an alert reminds of the bill; "
        "0: none; nor is there one where `cluster.platform` is existing",
        examples=[3],
    )


class ObservabilitySpec(Section):
    """Traces, metrics and dashboards."""

    phoenix: PhoenixSpec = Field(PhoenixSpec(), description="Phoenix, traces")
    prometheus: PrometheusSpec = Field(PrometheusSpec(), description="Prometheus, metrics")
    grafana: GrafanaSpec = Field(GrafanaSpec(), description="Grafana, dashboards")
    alerts: AlertsSpec = Field(AlertsSpec(), description="how alerts reach the lab's owner")
