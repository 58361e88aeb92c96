"""Alert rules: what should make the lab's owner look, as Prometheus evaluates it.

They stand by what shows the numbers that they measure: a lab has those of what it scrapes, and none that cannot fire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Requests that people and programs make; the scrape of the metrics themselves is counted too.
MODEL_ROUTES: Final = "/(v1/)?(chat/completions|completions|embeddings|responses|messages)"
REQUESTS: Final = f'litellm_proxy_total_requests_metric_total{{route=~"{MODEL_ROUTES}"}}'
FAILED_REQUESTS: Final = f'litellm_proxy_total_requests_metric_total{{route=~"{MODEL_ROUTES}",status_code=~"5.."}}'


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One rule: its name says what is wrong, its summary what to look at.

    Attributes:
        name: in one word.
        measure: what is watched, in Prometheus's query language; there is a value as long as what it is about exists.
        bound: when the value is wrong.
        lasting: how long it must be, before anybody is told.
        summary: one line; `{{ $labels.<name> }}` is a label of the measure, for Prometheus and for Grafana.

    """

    name: str
    measure: str
    bound: str
    lasting: str
    summary: str

    def rule(self) -> Mapping[str, object]:
        """Make Prometheus's rule."""
        return {
            "alert": self.name,
            "expr": f"{self.measure} {self.bound}",
            "for": self.lasting,
            "labels": {"severity": "warning"},
            "annotations": {"summary": self.summary},
        }


TARGET_DOWN: Final = Alert(
    name="TargetDown",
    measure="up",
    bound="== 0",
    lasting="5m",
    summary="{{ $labels.job }} has not answered its scrape for five minutes",
)
OF_GATEWAY: Final = (
    Alert(
        name="GatewayErrors",
        measure=f"sum(rate({FAILED_REQUESTS}[5m])) / sum(rate({REQUESTS}[5m]))",
        bound="> 0.05",
        lasting="10m",
        summary="more than one of twenty requests to models fails",
    ),
    Alert(
        name="ModelFailing",
        # Not litellm_deployment_state: where a model has one deployment, it says "outage" only after 1,000 failures in
        # a minute (measured; SINGLE_DEPLOYMENT_TRAFFIC_FAILURE_THRESHOLD in litellm/constants.py). A request that the
        # model refuses, status 400, is the caller's fault.
        measure=(
            "sum by (requested_model) "
            '(increase(litellm_deployment_failure_responses_total{exception_status!="400"}[15m]))'
            " / sum by (requested_model) (increase(litellm_deployment_total_requests_total[15m]))"
        ),
        bound="> 0.5",
        lasting="5m",
        summary="more than half of the requests to {{ $labels.requested_model }} fail",
    ),
)
OF_VLLM: Final = (
    Alert(
        name="VllmCacheFull",
        measure="max by (model_name) (vllm:kv_cache_usage_perc)",
        bound="> 0.95",
        lasting="10m",
        summary="{{ $labels.model_name }} has no room for another request's context",
    ),
    Alert(
        name="VllmQueue",
        measure="sum by (model_name) (vllm:num_requests_waiting)",
        bound="> 10",
        lasting="10m",
        summary="more than ten requests wait for {{ $labels.model_name }}",
    ),
)
OF_GPU: Final = (
    Alert(
        name="GpuMemoryFull",
        # The engines take what the memory plan gives them and keep it, so a high value alone is how it should be.
        measure="max by (gpu) (DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE))",
        bound="> 0.98",
        lasting="10m",
        summary="GPU {{ $labels.gpu }} has less than 2 % of its memory left",
    ),
    Alert(
        name="GpuFault",
        # The number of the last error, which stays there until the exporter starts again.
        measure="max by (gpu) (DCGM_FI_DEV_XID_ERRORS)",
        bound="> 0",
        lasting="0s",
        summary="GPU {{ $labels.gpu }} reported an XID error, see https://docs.nvidia.com/deploy/xid-errors/",
    ),
)
OF_NODE: Final = (
    Alert(
        name="DiskNearlyFull",
        # One device is mounted in many places; images, models and volumes share it.
        measure=(
            'min by (device) (node_filesystem_avail_bytes{fstype=~"ext4|xfs|btrfs"} / node_filesystem_size_bytes)'
        ),
        bound="< 0.10",
        lasting="15m",
        summary="{{ $labels.device }} has less than 10 % of its space left",
    ),
)
OF_CLUSTER: Final = (
    Alert(
        name="ContainerRestarts",
        measure="sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total[1h]))",
        bound="> 3",
        lasting="0s",
        summary="{{ $labels.namespace }}/{{ $labels.pod }} restarted more than three times in an hour",
    ),
    Alert(
        name="PodNotReady",
        measure=(
            '(min by (namespace, pod) (kube_pod_status_ready{condition="true"})'
            ' unless on (namespace, pod) (kube_pod_status_phase{phase="Succeeded"} == 1))'
        ),
        bound="== 0",
        lasting="15m",
        summary="{{ $labels.namespace }}/{{ $labels.pod }} has not been ready for fifteen minutes",
    ),
    Alert(
        name="JobOverdue",
        # What is due every night, and half a day; a lab that was parked has half an hour to catch up.
        # Before the first success there is no time of one, and what never ended well counts from when it was made.
        measure=(
            "time() - (max by (namespace, cronjob) (kube_cronjob_status_last_successful_time)"
            " or max by (namespace, cronjob) (kube_cronjob_created))"
        ),
        bound="> 36 * 3600",
        lasting="30m",
        summary="{{ $labels.namespace }}/{{ $labels.cronjob }} has not ended well for a day and a half",
    ),
)


def idle(hours: int) -> Sequence[Alert]:
    """Remind of a machine that costs money while nobody uses it; never, where the hours are none.

    A lab that has just started, or whose gateway has, counts as used.
    """
    if not hours:
        return ()
    # Zero where the counter has not changed and the machine has not started meanwhile. Every five minutes is enough: a
    # counter stays where it is. Not increase(), which does not see a counter's first request.
    alert = Alert(
        name="LabIdle",
        measure=(
            f"changes((sum({REQUESTS}) or vector(0))[{hours}h:5m])"
            f" + (time() - max(node_boot_time_seconds) < bool {hours} * 3600)"
        ),
        bound="== 0",
        lasting="5m",
        summary=f"no model was asked for anything in {hours} h; ./lab park ends a droplet's bill and keeps everything",
    )
    return (alert,)


def rules(told: Sequence[Alert]) -> Mapping[str, object]:
    """Make Prometheus's file of rules."""
    return {"groups": [{"name": "lab", "rules": [alert.rule() for alert in told]}]}
