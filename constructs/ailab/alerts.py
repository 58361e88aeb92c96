"""Alert rules: what should make the lab's owner look, as Prometheus evaluates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Requests that people and programs make; the scrape of the metrics themselves is counted too.
MODEL_ROUTES: Final = "/(v1/)?(chat/completions|completions|embeddings|responses|messages)"
REQUESTS: Final = "litellm_proxy_total_requests_metric_total"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One rule: its name says what is wrong, its summary what to look at."""

    name: str
    expression: str
    lasting: str
    summary: str

    def rule(self) -> Mapping[str, object]:
        """Make Prometheus's rule."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasting,
            "labels": {"severity": "warning"},
            "annotations": {"summary": self.summary},
        }


ALERTS: Final[Sequence[Alert]] = (
    Alert(
        name="TargetDown",
        expression="up == 0",
        lasting="5m",
        summary="{{ $labels.job }} has not answered its scrape for five minutes",
    ),
    Alert(
        name="GatewayErrorRatio",
        expression=(
            f'sum(rate({REQUESTS}{{route=~"{MODEL_ROUTES}",status_code=~"5.."}}[5m])) '
            f'/ sum(rate({REQUESTS}{{route=~"{MODEL_ROUTES}"}}[5m])) > 0.05'
        ),
        lasting="10m",
        summary="more than one of twenty requests to models fails",
    ),
    Alert(
        name="ModelOutage",
        expression="max by (litellm_model_name, api_provider) (litellm_deployment_state) >= 2",
        lasting="5m",
        summary="{{ $labels.litellm_model_name }} of {{ $labels.api_provider }} does not answer",
    ),
    Alert(
        name="VllmCacheFull",
        expression="max by (model_name) (vllm:kv_cache_usage_perc) > 0.95",
        lasting="10m",
        summary="{{ $labels.model_name }} has no room for another request's context",
    ),
    Alert(
        name="VllmQueue",
        expression="sum by (model_name) (vllm:num_requests_waiting) > 10",
        lasting="10m",
        summary="more than ten requests wait for {{ $labels.model_name }}",
    ),
)
RULES: Final = {"groups": [{"name": "lab", "rules": [alert.rule() for alert in ALERTS]}]}
