"""Every query of every panel and every rule gives values, asked of a real Prometheus."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from ailab.alerts import Alert
from infra.dashboards import BOARDS
from tests.observability.alert_cases import ALERTS
from tests.observability.metrics import Metrics, metrics
from tests.observability.queries import expressions

pytestmark = [pytest.mark.node, pytest.mark.proves(2)]

EXPRESSIONS = expressions(*BOARDS)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    with metrics(tmp_path_factory.mktemp("prometheus")) as running:
        yield running


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_panel_shows_values(name: str, prometheus: Metrics) -> None:
    values = [float(series["value"][1]) for series in prometheus.ask(EXPRESSIONS[name])]
    assert any(not math.isnan(value) for value in values)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_what_an_alert_watches_has_values(alert: Alert, prometheus: Metrics) -> None:
    values = [float(series["value"][1]) for series in prometheus.ask(alert.measure)]
    assert any(not math.isnan(value) for value in values)


def test_an_expression_with_a_misspelt_metric_would_be_found(prometheus: Metrics) -> None:
    assert prometheus.ask("sum(rate(litellm_spend_metric_totals[1m]))") == []
