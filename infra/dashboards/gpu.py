"""The dashboard of the GPU, from NVIDIA's exporter (DCGM).

Only counters that it has without more rights, and labels that stay in its next version.
"""

from __future__ import annotations

from infra.dashboards.board import Board, Query, graph, number

_LEGEND = "GPU {{gpu}}"
_USED, _FREE = "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE"


def _by_gpu(expression: str) -> Query:
    return Query(f"max by (gpu) ({expression})", _LEGEND)


BOARD = Board(
    name="gpu",
    title="GPU",
    panels=(
        number("Busy", "max(DCGM_FI_DEV_GPU_UTIL)", "percent"),
        number("Memory in use", f"max({_USED} / ({_USED} + {_FREE}))", "percentunit"),
        number("Memory left", f"min({_FREE})", "mbytes"),
        number("Temperature", "max(DCGM_FI_DEV_GPU_TEMP)", "celsius"),
        number("Power", "sum(DCGM_FI_DEV_POWER_USAGE)", "watt"),
        number("Last error (XID)", "max(DCGM_FI_DEV_XID_ERRORS)", "none"),
        graph("Busy", _by_gpu("DCGM_FI_DEV_GPU_UTIL"), unit="percent", width=12),
        graph("Memory traffic", _by_gpu("DCGM_FI_DEV_MEM_COPY_UTIL"), unit="percent", width=12),
        graph(
            "Memory",
            Query(f"max by (gpu) ({_USED})", f"{_LEGEND} used"),
            Query(f"max by (gpu) ({_FREE})", f"{_LEGEND} free"),
            unit="mbytes",
            width=12,
        ),
        graph("Temperature", _by_gpu("DCGM_FI_DEV_GPU_TEMP"), unit="celsius", width=12),
        graph("Power", _by_gpu("DCGM_FI_DEV_POWER_USAGE"), unit="watt", width=12),
        graph("Clock", _by_gpu("DCGM_FI_DEV_SM_CLOCK * 1e6"), unit="hertz", width=12),  # it counts in MHz
    ),
)
