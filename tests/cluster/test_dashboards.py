"""The gateway's dashboard over the running lab: each of its queries has an answer once people have asked."""

from __future__ import annotations

import math
import time

import httpx
import pytest

from infra.dashboards import gateway
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened
from tests.observability.metrics import Metrics
from tests.observability.queries import expressions

pytestmark = pytest.mark.proves(3)

MODELS = {"llama3.1": httpx.codes.OK, "no-such-model": httpx.codes.BAD_REQUEST}
SCRAPES = 35  # seconds in which Prometheus has scraped twice
EXPRESSIONS = expressions(gateway.BOARD)


def _ask(lab: RunningLab, key: str, model: str) -> int:
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "Say something about the sea, please."}],
        "stream": True,  # only of a streamed answer is there a first token
        "max_tokens": 16,
    }
    with lab.browser("litellm", key) as browser:
        return browser.post("/v1/chat/completions", json=body).status_code


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> Metrics:
    """Give Prometheus after requests; asked before and after a scrape, for what has not changed has no rate."""
    key = lab.secret("litellm/master-key")
    for _ in range(2):
        assert {model: _ask(lab, key, model) for model in MODELS} == MODELS
        time.sleep(SCRAPES)
    return Metrics(f"http://{opened(lab, 'prometheus', 9090)}")


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_panel_of_the_gateway_shows_what_was_asked(name: str, prometheus: Metrics) -> None:
    values = [float(series["value"][1]) for series in prometheus.ask(EXPRESSIONS[name])]
    assert any(not math.isnan(value) for value in values)
