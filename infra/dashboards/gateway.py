"""The dashboard of the gateway: what was asked, how long it took, what it cost, which model answers."""

from __future__ import annotations

from ailab.alerts import FAILED_REQUESTS, REQUESTS
from infra.dashboards.board import Board, Panel, Query, Shape, State, graph, number, quantile

_ALL_LATENCY = "litellm_request_total_latency_metric"
_FIRST_TOKEN = "litellm_llm_api_time_to_first_token_metric"  # noqa: S105 - a metric; streamed answers only
_IN, _OUT = "litellm_input_tokens_metric_total", "litellm_output_tokens_metric_total"
_SPEND = "litellm_spend_metric_total"


def _rate(counter: str, *labels: str) -> str:
    return f"sum by ({', '.join(labels)}) (rate({counter}[$__rate_interval]))"


BOARD = Board(
    name="gateway",
    title="Gateway",
    panels=(
        number("Requests", f"sum(rate({REQUESTS}[5m]))", "reqps"),
        # Without a failure there is no series of failures.
        number(
            "Failing", f"(sum(rate({FAILED_REQUESTS}[5m])) or vector(0)) / sum(rate({REQUESTS}[5m]))", "percentunit"
        ),
        number("Latency p95", quantile(_ALL_LATENCY, window="5m"), "s"),
        number("First token p95", quantile(_FIRST_TOKEN, window="5m"), "s"),
        number("Tokens each second", f"sum(rate({_IN}[5m])) + sum(rate({_OUT}[5m]))"),
        number("Spent in this time", f"sum(increase({_SPEND}[$__range]))", "currencyUSD"),
        graph("Requests by model", Query(_rate(REQUESTS, "requested_model"), "{{requested_model}}"), unit="reqps"),
        graph("Requests by status", Query(_rate(REQUESTS, "status_code"), "{{status_code}}"), unit="reqps"),
        graph(
            "Failures by reason",
            Query(
                _rate("litellm_proxy_failed_requests_metric_total", "requested_model", "exception_class"),
                "{{requested_model}} {{exception_class}}",
            ),
            unit="reqps",
        ),
        graph(
            "Latency p95",
            Query(quantile(_ALL_LATENCY, "requested_model"), "{{requested_model}}"),
            unit="s",
        ),
        graph(
            "First token p95",
            Query(quantile(_FIRST_TOKEN, "requested_model"), "{{requested_model}}"),
            unit="s",
        ),
        graph("Requests being answered", Query("sum(litellm_in_flight_requests)", "requests")),
        graph(
            "Tokens each second",
            Query(_rate(_IN, "requested_model"), "{{requested_model}} in"),
            Query(_rate(_OUT, "requested_model"), "{{requested_model}} out"),
        ),
        graph(
            "Spent in the last hour",
            Query(f"sum by (requested_model) (increase({_SPEND}[1h]))", "{{requested_model}}"),
            unit="currencyUSD",
        ),
        Panel(
            title="Models",
            queries=(
                Query(
                    "max by (litellm_model_name, api_provider) (litellm_deployment_state)",
                    "{{api_provider}} {{litellm_model_name}}",
                ),
            ),
            shape=Shape.STATES,
            states=(
                State(0, "answers", "green"),
                State(1, "last request failed", "yellow"),
                State(2, "put aside after failures", "red"),
            ),
        ),
    ),
)
