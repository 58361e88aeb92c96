"""The graph database."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from ailab.spec.faults import fault
from ailab.spec.values import Section, Size, SmallSize, gib

OTHER_MEMORY_GIB = 1.0  # the server's own, beside heap and page cache


class GraphSpec(Section):
    """Neo4j, graph and documents."""

    volume: Size = Field("20Gi", description="space for the graph", examples=["20Gi"])
    memory: Size = Field("3Gi", description="memory of the pod, requested and limit", examples=["3Gi"])
    heap: SmallSize = Field("1Gi", description="Java heap", examples=["1Gi"])
    page_cache: SmallSize = Field("512Mi", description="cache of the store's pages", examples=["512Mi"])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed = gib(self.heap) + gib(self.page_cache) + OTHER_MEMORY_GIB
        if needed > gib(self.memory):
            raise fault(
                self.memory,
                f"(memory) is less than heap, page_cache and the server's own 1 GiB, {needed:g} GiB together",
                "raise memory or lower heap",
            )
        return self
