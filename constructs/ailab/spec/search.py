"""Web search."""

from __future__ import annotations

from pydantic import Field

from ailab.spec.values import Section, Size


class SearchSpec(Section):
    """SearXNG, web search for the chat."""

    memory: Size = Field("1Gi", description="memory limit of the pod", examples=["1Gi"])
