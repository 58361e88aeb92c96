"""The dashboards over the running lab: what their panels ask has an answer once people have asked models."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import httpx
import pytest

from infra.dashboards import gateway, gpu, inference
from infra.dashboards import lab as whole
from testnode.patience import until
from tests.cluster.gateway_chat import chat, stream, user
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened
from tests.cluster.test_metrics import SCRAPE_SECONDS, wait_for_a_scheduled_job
from tests.observability.metrics import Metrics
from tests.observability.queries import expressions

pytestmark = pytest.mark.proves(3)

MODELS = ("llama3.1", "deepseek-r1-vllm")
SCRAPES = 35  # seconds in which Prometheus has scraped twice
EXPRESSIONS = expressions(gateway.BOARD, inference.BOARD, whole.BOARD)
# The exporter of the GPU's metrics needs a GPU.
UNANSWERED = expressions(gpu.BOARD)


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> Iterator[Metrics]:
    """Give Prometheus after requests; asked before and after a scrape, for what has not changed has no rate."""
    wait_for_a_scheduled_job(lab)
    with lab.browser("litellm", lab.secret("litellm/master-key")) as browser:
        for _ in range(2):
            for model in MODELS:
                # Only a streamed answer has a first token.
                assert stream(browser, model, "Say something about the sea, please.").pieces != []
            refused = chat(browser, "no-such-model", user("Is anybody there?"))
            assert refused.status_code == httpx.codes.BAD_REQUEST
            time.sleep(SCRAPES)
    with opened(lab, "prometheus", 9090) as address:
        yield Metrics(f"http://{address}")


@pytest.mark.proves(2, "grafana -> prometheus:9090")
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_panel_shows_what_was_asked(name: str, prometheus: Metrics) -> None:
    def shown() -> bool:
        return any(not math.isnan(float(series["value"][1])) for series in prometheus.ask(EXPRESSIONS[name]))

    until(shown, SCRAPE_SECONDS, f"{name} shows something")


@pytest.mark.parametrize("name", UNANSWERED)
def test_a_panel_of_the_gpu_is_understood_and_empty_without_one(name: str, prometheus: Metrics) -> None:
    assert prometheus.ask(UNANSWERED[name]) == []
