"""The graph database."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from ailab.spec.faults import fault
from ailab.spec.values import Section, Size, gib

OTHER_MEMORY_GIB = 1.0  # the server's own, beside heap and page cache


class GraphSpec(Section):
    """Neo4j, graph and documents."""

    volume: Size = Field("20Gi", description="space for the graph", examples=["20Gi"])
    memory: Size = Field("3Gi", description="memory of the pod, requested and limit", examples=["3Gi"])
    heap: str = Field("1g", pattern="^[1-9][0-9]*[mg]$", description="Java heap", examples=["1g"])
    page_cache: str = Field(
        "512m", pattern="^[1-9][0-9]*[mg]$", description="cache of the store's pages", examples=["512m"]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed = _java_gib(self.heap) + _java_gib(self.page_cache) + OTHER_MEMORY_GIB
        if needed > gib(self.memory):
            raise fault(
                self.memory,
                f"(memory) is less than heap, page_cache and the server's own 1 GiB, {needed:g} GiB together",
                "raise memory or lower heap",
            )
        return self


def _java_gib(size: str) -> float:
    """Convert Java's size, such as "512m" or "1g", to GiB."""
    return int(size[:-1]) / (1024 if size.endswith("m") else 1)
