"""Every query of every panel and every rule gives values, asked of a real Prometheus."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from ailab.alerts import ALERTS, Alert
from infra.dashboards import BOARDS
from tests.observability.metrics import Metrics, metrics

pytestmark = [pytest.mark.node, pytest.mark.proves(2)]

# What Grafana puts in: four scrapes of the lab's 15 s, and a day's look back.
VARIABLES = {"$__rate_interval": "1m", "$__range": "1d"}
EXPRESSIONS = {
    f"{board.name}: {panel.title}: {number}": query.expression
    for board in BOARDS
    for panel in board.panels
    for number, query in enumerate(panel.queries)
}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    with metrics(tmp_path_factory.mktemp("prometheus")) as running:
        yield running


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_panel_shows_values(name: str, prometheus: Metrics) -> None:
    expression = EXPRESSIONS[name]
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression
    values = [float(series["value"][1]) for series in prometheus.ask(expression)]
    assert any(not math.isnan(value) for value in values)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_what_an_alert_watches_has_values(alert: Alert, prometheus: Metrics) -> None:
    values = [float(series["value"][1]) for series in prometheus.ask(alert.measure)]
    assert any(not math.isnan(value) for value in values)


def test_an_expression_with_a_misspelt_metric_would_be_found(prometheus: Metrics) -> None:
    assert prometheus.ask("sum(rate(litellm_spend_metric_totals[1m]))") == []
