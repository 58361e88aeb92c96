"""What a dashboard is, before it is Grafana's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

COLUMNS = 24
"""Width of a dashboard in Grafana's grid."""


class Shape(Enum):
    """How a panel shows its values."""

    NUMBER = auto()  # as they are now
    GRAPH = auto()  # over the dashboard's time
    STATES = auto()  # over the dashboard's time, each in words


@dataclass(frozen=True)
class Query:
    """An expression in Prometheus's language, and what its series are called (`{{label}}` is a label's value).

    Grafana puts in `$__rate_interval`, at least four scrapes, and `$__range`, the dashboard's time.
    """

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class State:
    """What one value means, and its color in Grafana."""

    value: int
    meaning: str
    color: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture.

    Attributes:
        title: what it shows.
        queries: where its values come from.
        unit: of the values, by Grafana's names (packages/grafana-data/src/valueFormats in its source).
        shape: how it shows them.
        width: in columns of the grid.
        states: what values mean, for that shape.

    """

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    shape: Shape = Shape.GRAPH
    width: int = 8
    states: tuple[State, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Board:
    """One dashboard; `name` is its file and its address in Grafana."""

    name: str
    title: str
    panels: tuple[Panel, ...]


def number(title: str, expression: str, unit: str = "short", *, width: int = 4) -> Panel:
    """Make a panel with the value of one expression as it is now."""
    return Panel(title=title, queries=(Query(expression),), unit=unit, shape=Shape.NUMBER, width=width)


def graph(title: str, *queries: Query, unit: str = "short", width: int = 8) -> Panel:
    """Make a panel with values over time."""
    return Panel(title=title, queries=queries, unit=unit, width=width)


def quantile(histogram: str, *labels: str, share: float = 0.95, window: str = "$__rate_interval") -> str:
    """Write the expression of a quantile of a histogram, one value for each value of the labels."""
    by = ", ".join(("le", *labels))
    return f"histogram_quantile({share}, sum by ({by}) (rate({histogram}_bucket[{window}])))"
