"""For each alert: what happens when it must be told, and what must not be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ailab.alerts import OF_CLUSTER, OF_GATEWAY, OF_GPU, OF_NODE, OF_VLLM, TARGET_DOWN, idle

# All that a lab may have.
ALERTS: Final = (TARGET_DOWN, *OF_GATEWAY, *OF_VLLM, *OF_NODE, *idle(3), *OF_GPU, *OF_CLUSTER)
_CHAT: Final = (
    'litellm_proxy_total_requests_metric_total{route="/v1/chat/completions",requested_model="gpt",status_code='
)
_SCRAPE: Final = 'litellm_proxy_total_requests_metric_total{route="/metrics",status_code='
_ASKED: Final = 'litellm_deployment_total_requests_total{requested_model="gpt"}'
_FAILED: Final = 'litellm_deployment_failure_responses_total{requested_model="gpt",exception_status='
_VLLM: Final = '{model_name="r1",engine="0"}'
_DISK: Final = '{device="/dev/vda",fstype="ext4",mountpoint='
_POD: Final = '{namespace="ai-lab",pod="ollama-1"'
_ENDED: Final = 'kube_cronjob_status_last_successful_time{namespace="ai-lab",cronjob="postgres-dumps"}'
_BOOT: Final = 'node_boot_time_seconds{instance="node-exporter:9100"}'
_MADE: Final = 'kube_cronjob_created{namespace="ai-lab",cronjob="postgres-dumps"}'

Series = Mapping[str, str]
"""Series -> its values, one a minute, in promtool's notation: `0+6x30` is 0, 6, 12 ... thirty times."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One alert.

    Attributes:
        told: what makes it fire.
        minutes: when it has fired.
        labels: of what fires, without the alert's own.
        also: what else makes it fire, with the same labels after the same time, by what it is.
        quiet: what does not make it fire, by what it is; asked at the same time.

    """

    told: Series
    minutes: int
    labels: Series
    also: Mapping[str, Series] = field(default_factory=dict)
    quiet: Mapping[str, Series] = field(default_factory=dict)


CASES: Final[Mapping[str, Case]] = {
    "TargetDown": Case(
        told={'up{job="vllm",instance="vllm:8000"}': "0x20"},
        minutes=6,
        labels={"job": "vllm", "instance": "vllm:8000"},
        quiet={"it answers": {'up{job="vllm"}': "1x20"}, "it is back after 4 minutes": {'up{job="vllm"}': "0x4 1x20"}},
    ),
    "GatewayErrors": Case(
        told={f'{_CHAT}"200"}}': "0+9x30", f'{_CHAT}"500"}}': "0+1x30"},
        minutes=20,
        labels={},
        quiet={
            "one of a hundred fails": {f'{_CHAT}"200"}}': "0+99x30", f'{_CHAT}"500"}}': "0+1x30"},
            "callers ask for what is not there": {f'{_CHAT}"200"}}': "0+9x30", f'{_CHAT}"404"}}': "0+9x30"},
            "scrapes fail, requests do not": {f'{_CHAT}"200"}}': "0+9x30", f'{_SCRAPE}"500"}}': "0+9x30"},
            "nobody asks": {f'{_CHAT}"200"}}': "5x30", f'{_CHAT}"500"}}': "5x30"},
        },
    ),
    "ModelFailing": Case(
        told={_ASKED: "0+2x30", f'{_FAILED}"500"}}': "0+2x30"},
        minutes=20,
        labels={"requested_model": "gpt"},
        quiet={
            "a third fails": {_ASKED: "0+3x30", f'{_FAILED}"500"}}': "0+1x30"},
            "the callers' fault": {_ASKED: "0+2x30", f'{_FAILED}"400"}}': "0+2x30"},
            "nobody asks": {_ASKED: "4x30", f'{_FAILED}"500"}}': "4x30"},
        },
    ),
    "VllmCacheFull": Case(
        told={f"vllm:kv_cache_usage_perc{_VLLM}": "0.99x30"},
        minutes=11,
        labels={"model_name": "r1"},
        quiet={
            "nine tenths": {f"vllm:kv_cache_usage_perc{_VLLM}": "0.9x30"},
            "for 5 minutes": {f"vllm:kv_cache_usage_perc{_VLLM}": "0.99x5 0.2x30"},
        },
    ),
    "VllmQueue": Case(
        told={f"vllm:num_requests_waiting{_VLLM}": "11x30"},
        minutes=11,
        labels={"model_name": "r1"},
        quiet={
            "ten wait": {f"vllm:num_requests_waiting{_VLLM}": "10x30"},
            "for 5 minutes": {f"vllm:num_requests_waiting{_VLLM}": "50x5 0x30"},
        },
    ),
    "GpuMemoryFull": Case(
        told={'DCGM_FI_DEV_FB_USED{gpu="0"}': "45900x30", 'DCGM_FI_DEV_FB_FREE{gpu="0"}': "100x30"},
        minutes=11,
        labels={"gpu": "0"},
        quiet={
            "the engines hold their shares": {
                'DCGM_FI_DEV_FB_USED{gpu="0"}': "44000x30",
                'DCGM_FI_DEV_FB_FREE{gpu="0"}': "2000x30",
            }
        },
    ),
    "GpuFault": Case(
        told={'DCGM_FI_DEV_XID_ERRORS{gpu="0"}': "0x5 79x30"},
        minutes=7,
        labels={"gpu": "0"},
        quiet={"no error": {'DCGM_FI_DEV_XID_ERRORS{gpu="0"}': "0x30"}},
    ),
    "DiskNearlyFull": Case(
        told={f'node_filesystem_avail_bytes{_DISK}"/"}}': "9x30", f'node_filesystem_size_bytes{_DISK}"/"}}': "100x30"},
        minutes=16,
        labels={"device": "/dev/vda"},
        quiet={
            "a fifth is left": {
                f'node_filesystem_avail_bytes{_DISK}"/"}}': "20x30",
                f'node_filesystem_size_bytes{_DISK}"/"}}': "100x30",
            },
            "a file system in memory": {
                'node_filesystem_avail_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"}': "1x30",
                'node_filesystem_size_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"}': "100x30",
            },
        },
    ),
    "ContainerRestarts": Case(
        told={f'kube_pod_container_status_restarts_total{_POD},container="ollama"}}': "0+1x60"},
        minutes=30,
        labels={"namespace": "ai-lab", "pod": "ollama-1"},
        quiet={
            "a lost race for the GPU": {
                f'kube_pod_container_status_restarts_total{_POD},container="ollama"}}': "0x5 1x60"
            }
        },
    ),
    "PodNotReady": Case(
        told={
            f'kube_pod_status_ready{_POD},condition="true"}}': "0x30",
            f'kube_pod_status_phase{_POD},phase="Succeeded"}}': "0x30",
        },
        minutes=16,
        labels={"namespace": "ai-lab", "pod": "ollama-1"},
        quiet={
            "it is ready": {f'kube_pod_status_ready{_POD},condition="true"}}': "1x30"},
            "it has done its work": {
                f'kube_pod_status_ready{_POD},condition="true"}}': "0x30",
                f'kube_pod_status_phase{_POD},phase="Succeeded"}}': "1x30",
            },
        },
    ),
    "JobOverdue": Case(
        told={_MADE: "0x2300", _ENDED: "0x2300"},
        minutes=2200,
        labels={"namespace": "ai-lab", "cronjob": "postgres-dumps"},
        also={"it never ended well": {_MADE: "0x2300"}},
        quiet={
            "it ended well a day ago": {_MADE: "0x2300", _ENDED: "0x700 42000x1600"},
            "it was made a day ago and never ended well yet": {_MADE: "45600x2300"},
            "it caught up after the lab was parked": {_ENDED: "0x2180 130800x100"},
        },
    ),
    "LabIdle": Case(
        told={_BOOT: "0x400", f'{_CHAT}"200"}}': "5x400"},
        minutes=190,
        labels={},
        also={
            "it was never asked": {_BOOT: "0x400"},
            "its metrics are scraped": {_BOOT: "0x400", f'{_SCRAPE}"200"}}': "0+4x400"},
        },
        quiet={
            "it was asked for the first time two hours ago": {_BOOT: "0x400", f'{_CHAT}"200"}}': "_x70 1x330"},
            "it was asked two hours ago": {_BOOT: "0x400", f'{_CHAT}"200"}}': "5x70 6x330"},
            "its machine started an hour ago": {_BOOT: "7800x400", f'{_CHAT}"200"}}': "5x400"},
            "nothing tells when its machine started": {f'{_CHAT}"200"}}': "5x400"},
        },
    ),
}
