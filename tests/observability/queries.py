"""The queries of dashboards, as Grafana sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from infra.dashboards.board import Board

# What Grafana puts in: four scrapes of the lab's 15 s, and a day's look back.
_VARIABLES: Final = {"$__rate_interval": "1m", "$__range": "1d"}


def expressions(*boards: Board) -> Mapping[str, str]:
    """List the queries of all panels, each under a name of its own."""
    return {
        f"{board.name}: {panel.title}: {number}": _filled(query.expression)
        for board in boards
        for panel in board.panels
        for number, query in enumerate(panel.queries)
    }


def _filled(expression: str) -> str:
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression
