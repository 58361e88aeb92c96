"""Dashboards in Grafana's JSON, by Grafana's own library. Nothing else needs it: synthesis reads what was written."""

from __future__ import annotations

import string

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef, ValueMap, ValueMappingResult

from infra.dashboards.board import Board, Panel, Query, Shape, State

# The uid that the lab's Grafana is provisioned with.
_SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
_HEIGHT = {Shape.NUMBER: 4, Shape.GRAPH: 8, Shape.STATES: 8}

Builder = stat.Panel | timeseries.Panel | statetimeline.Panel


def document(board: Board) -> str:
    """Write a dashboard."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.name)
        .tags(["gpu-lab"])
        .readonly()
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
    )
    for number, panel in enumerate(board.panels, start=1):
        builder.with_panel(_panel(panel).id(number))
    return JSONEncoder(sort_keys=True, indent=1).encode(builder.build()) + "\n"


def _panel(panel: Panel) -> Builder:
    builder = _builder(panel).title(panel.title).unit(panel.unit).datasource(_SOURCE)
    builder.span(panel.width).height(_HEIGHT[panel.shape])
    for letter, query in zip(string.ascii_uppercase, panel.queries, strict=False):
        builder.with_target(_target(letter, query, now=panel.shape is Shape.NUMBER))
    return builder


def _builder(panel: Panel) -> Builder:
    match panel.shape:
        case Shape.NUMBER:
            return stat.Panel()
        case Shape.GRAPH:
            return timeseries.Panel().fill_opacity(10).min(0)
        case Shape.STATES:
            return statetimeline.Panel().mappings([_meanings(panel.states)])


def _meanings(states: tuple[State, ...]) -> ValueMap:
    return ValueMap({str(state.value): ValueMappingResult(text=state.meaning, color=state.color) for state in states})


def _target(letter: str, query: Query, *, now: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(letter).expr(query.expression).legend_format(query.legend)
    return target.instant() if now else target.range()
