"""What vLLM's stand-in counts, and that it counts under the names that dashboards and alerts ask for."""

from __future__ import annotations

import re
from threading import Thread
from typing import Final

from ailab.alerts import OF_VLLM
from infra.dashboards.inference import BOARD
from testnode.patience import until
from tests.observability.expositions import FOLDER
from tests.observability.queries import expressions
from tests.programs.vllm_api import api, ask, body, series, streamed

NAME: Final = re.compile(r"vllm:[a-z0-9_]+")
PROMPT: Final = 2  # words of the question
ANSWER: Final = 14  # words of thought and answer, and the two marks of the thought
RUNNING, WAITING = "vllm:num_requests_running", "vllm:num_requests_waiting"


def test_requests_and_their_tokens_are_counted() -> None:
    server = api()
    before = series(server)
    ask(server, body())
    streamed(server, body())
    ask(server, body(max_tokens=3))
    ask(server, body(model="gpt"))
    changes = {name: value - before[name] for name, value in series(server).items()}
    times = re.compile(r"_bucket|_sum")
    assert {name: change for name, change in changes.items() if change and not times.search(name)} == {
        "vllm:prompt_tokens_total": 3 * PROMPT,
        "vllm:generation_tokens_total": 2 * ANSWER + 3,
        "vllm:prefix_cache_queries_total": 3 * PROMPT,
        'vllm:request_success_total{finished_reason="stop"}': 2,
        'vllm:request_success_total{finished_reason="length"}': 1,
        "vllm:time_to_first_token_seconds_count": 3,
        "vllm:inter_token_latency_seconds_count": 2 * (ANSWER - 1) + 2,
        "vllm:e2e_request_latency_seconds_count": 3,
        "vllm:request_queue_time_seconds_count": 3,
    }


def test_the_largest_bucket_has_every_observation() -> None:
    server = api()
    ask(server, body())
    found = series(server)
    counts = {name: value for name, value in found.items() if name.endswith("_count")}
    assert {name: found[f'{name.removesuffix("_count")}_bucket{{le="+Inf"}}'] for name in counts} == counts


def test_a_request_waits_while_the_engine_has_no_place() -> None:
    server = api("--max-num-seqs=1", pace=0.05)
    asking = [Thread(target=ask, args=(server, body())) for _ in range(2)]
    for thread in asking:
        thread.start()
    until(lambda: (series(server)[RUNNING], series(server)[WAITING]) == (1, 1), 60, "one runs, one waits")
    assert series(server)["vllm:kv_cache_usage_perc"] > 0
    for thread in asking:
        thread.join()
    found = series(server)
    assert (found[RUNNING], found[WAITING], round(found["vllm:kv_cache_usage_perc"], 9)) == (0, 0, 0)


def test_every_series_that_dashboards_and_alerts_ask_for_is_there() -> None:
    asked = [*expressions(BOARD).values(), *(alert.measure for alert in OF_VLLM)]
    names = {name for text in asked for name in NAME.findall(text)}
    assert len(names) > 10
    assert names - {name.partition("{")[0] for name in series(api())} == set()


def test_the_kept_exposition_has_the_same_series() -> None:
    kept = set(NAME.findall((FOLDER / "vllm/after.prom").read_text()))
    assert {name for name in kept if not name.endswith("_seconds")} == {
        name.partition("{")[0] for name in series(api())
    }
