"""The dashboard of the inference services. vLLM has metrics; Ollama has none, so it is shown as the gateway sees it."""

from __future__ import annotations

from infra.dashboards.board import Board, Query, graph, quantile


def _sum(series: str) -> Query:
    return Query(f"sum by (model_name) ({series})", "{{model_name}}")


def _each_second(counter: str, what: str) -> Query:
    return Query(f"sum by (model_name) (rate({counter}[$__rate_interval]))", f"{{{{model_name}}}} {what}")


def _p95(histogram: str) -> Query:
    return Query(quantile(histogram, "model_name"), "{{model_name}}")


_PER_TOKEN = "litellm_deployment_latency_per_output_token"  # noqa: S105 - a metric
_LOCAL = '{api_provider=~"ollama.*|hosted_vllm"}'

BOARD = Board(
    name="inference",
    title="Inference",
    panels=(
        graph("vLLM: requests being answered", _sum("vllm:num_requests_running")),
        graph("vLLM: requests waiting", _sum("vllm:num_requests_waiting")),
        graph(
            "vLLM: context memory in use",
            Query("max by (model_name) (vllm:kv_cache_usage_perc)", "{{model_name}}"),
            unit="percentunit",
        ),
        graph(
            "vLLM: tokens each second",
            _each_second("vllm:prompt_tokens_total", "read"),
            _each_second("vllm:generation_tokens_total", "written"),
        ),
        graph("vLLM: first token p95", _p95("vllm:time_to_first_token_seconds"), unit="s"),
        graph("vLLM: next token p95", _p95("vllm:inter_token_latency_seconds"), unit="s"),
        graph("vLLM: latency p95", _p95("vllm:e2e_request_latency_seconds"), unit="s"),
        graph("vLLM: wait p95", _p95("vllm:request_queue_time_seconds"), unit="s"),
        graph(
            "vLLM: how answers end",
            Query(
                "sum by (model_name, finished_reason) (rate(vllm:request_success_total[$__rate_interval]))",
                "{{model_name}} {{finished_reason}}",
            ),
            unit="reqps",
        ),
        graph(
            "vLLM: prompts that it had read before",
            Query(
                "sum by (model_name) (rate(vllm:prefix_cache_hits_total[$__rate_interval]))"
                " / sum by (model_name) (rate(vllm:prefix_cache_queries_total[$__rate_interval]))",
                "{{model_name}}",
            ),
            unit="percentunit",
        ),
        graph("vLLM: requests put off for memory", _each_second("vllm:num_preemptions_total", "")),
        graph(
            "Local models: time for a token, seen from the gateway",
            Query(
                f"sum by (litellm_model_name) (rate({_PER_TOKEN}_sum{_LOCAL}[$__rate_interval]))"
                f" / sum by (litellm_model_name) (rate({_PER_TOKEN}_count{_LOCAL}[$__rate_interval]))",
                "{{litellm_model_name}}",
            ),
            unit="s",
        ),
    ),
)
