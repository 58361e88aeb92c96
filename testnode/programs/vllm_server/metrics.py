"""What vLLM counts, under its names, as Prometheus reads it.

Names, labels and buckets: vllm/v1/metrics/loggers.py and buckets.py of 0.31.0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Final

GAUGES: Final = ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc")
COUNTERS: Final = (
    "prompt_tokens",
    "generation_tokens",
    "prefix_cache_queries",
    "prefix_cache_hits",
    "num_preemptions",
)
SUCCESS: Final = "request_success"
FINISHED: Final = ("stop", "length", "abort", "error", "repetition")

# fmt: off
_LATENCY: Final = (
    0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0,
    1920.0, 7680.0,
)
_FIRST_TOKEN: Final = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0,
    160.0, 640.0, 2560.0,
)
_BETWEEN_TOKENS: Final = (
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0,
)
# fmt: on
HISTOGRAMS: Final = {
    "time_to_first_token_seconds": _FIRST_TOKEN,
    "inter_token_latency_seconds": _BETWEEN_TOKENS,
    "e2e_request_latency_seconds": _LATENCY,
    "request_queue_time_seconds": _LATENCY,
}


class Metrics:
    """All series of one engine and one model. Safe to use from several threads."""

    def __init__(self, model: str) -> None:
        self._labels = f'engine="0",model_name="{model}"'
        self._lock = Lock()
        self._values = dict.fromkeys((*GAUGES, *COUNTERS), 0.0)
        self._finished = dict.fromkeys(FINISHED, 0)
        self._histograms = {name: _Histogram(bounds) for name, bounds in HISTOGRAMS.items()}

    def add(self, name: str, amount: float = 1) -> None:
        """Change a gauge or counter."""
        with self._lock:
            self._values[name] += amount

    def finish(self, reason: str) -> None:
        """Count a request that came to its end."""
        with self._lock:
            self._finished[reason] += 1

    def observe(self, name: str, seconds: float) -> None:
        """Put a time into a histogram."""
        with self._lock:
            self._histograms[name].observe(seconds)

    def text(self) -> str:
        """Write all series in Prometheus's text format."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name in GAUGES:
            yield f"# TYPE vllm:{name} gauge"
            yield f"vllm:{name}{{{self._labels}}} {self._values[name]}"
        for name in COUNTERS:
            yield f"# TYPE vllm:{name}_total counter"
            yield f"vllm:{name}_total{{{self._labels}}} {self._values[name]}"
        yield f"# TYPE vllm:{SUCCESS}_total counter"
        for reason, count in self._finished.items():
            yield f'vllm:{SUCCESS}_total{{{self._labels},finished_reason="{reason}"}} {count}'
        for name, histogram in self._histograms.items():
            yield f"# TYPE vllm:{name} histogram"
            yield from histogram.lines(f"vllm:{name}", self._labels)


class _Histogram:
    """How often a time was at most so long."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, float("inf"))
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, labels: str) -> Iterator[str]:
        total = 0
        for bound, count in zip(self._bounds, self._counts, strict=True):
            total += count
            le = "+Inf" if bound == float("inf") else bound
            yield f'{name}_bucket{{{labels},le="{le}"}} {total}'
        yield f"{name}_sum{{{labels}}} {self._sum}"
        yield f"{name}_count{{{labels}}} {total}"
