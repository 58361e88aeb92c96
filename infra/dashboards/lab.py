"""The dashboard of the lab as a whole: does everything run, and is there room."""

from __future__ import annotations

from infra.dashboards.board import Board, Panel, Query, Shape, State, graph, number

_DISK = 'node_filesystem_avail_bytes{fstype=~"ext4|xfs|btrfs"}'
_CPU = 'node_cpu_seconds_total{mode="idle"}'

BOARD = Board(
    name="lab",
    title="Lab",
    panels=(
        number("Alerts", 'count(ALERTS{alertstate="firing"}) or vector(0)', width=6),
        number("Targets that answer", "sum(up) / count(up)", "percentunit", width=6),
        number(
            "Pods that are not ready",
            # Of a pod that has ended nobody expects an answer.
            'sum(kube_pod_status_ready{condition="false"}) - sum(kube_pod_status_phase{phase="Succeeded"})',
            width=6,
        ),
        number("Restarts in the last day", "sum(increase(kube_pod_container_status_restarts_total[1d]))", width=6),
        Panel(
            title="Targets",
            queries=(Query("min by (job) (up)", "{{job}}"),),
            shape=Shape.STATES,
            width=12,
            states=(State(0, "no answer", "red"), State(1, "answers", "green")),
        ),
        graph(
            "Restarts in the last hour",
            Query("sum by (pod) (increase(kube_pod_container_status_restarts_total[1h]))", "{{pod}}"),
            width=12,
        ),
        graph("Disk left", Query(f"min by (device) ({_DISK})", "{{device}}"), unit="bytes"),
        graph("Memory left", Query("node_memory_MemAvailable_bytes", "{{instance}}"), unit="bytes"),
        graph(
            "Processors busy",
            Query(f"1 - avg by (instance) (rate({_CPU}[$__rate_interval]))", "{{instance}}"),
            unit="percentunit",
        ),
        graph(
            "Since scheduled jobs ended well",
            Query("time() - max by (cronjob) (kube_cronjob_status_last_successful_time)", "{{cronjob}}"),
            unit="s",
        ),
        graph("Time for a scrape", Query("max by (job) (scrape_duration_seconds)", "{{job}}"), unit="s"),
        graph("Values in a scrape", Query("max by (job) (scrape_samples_scraped)", "{{job}}")),
    ),
)
