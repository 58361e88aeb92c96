"""The card that the local models share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ailab.memory import CARDS, Card, CardName
from ailab.spec.values import Section


class GpuSpec(Section):
    """The GPU: its memory decides what fits. A card that is not among the choices is given by its memory."""

    card: CardName = Field(CardName.L40S, description="which card it is", examples=["l40s"])
    memory: Annotated[float, Field(strict=True, gt=0, le=2000)] | None = Field(
        None,
        title="number, more than 0, at most 2000",
        description="GiB of another card, as CUDA sees them (nvidia-smi shows a little more)",
        examples=[23.5],
    )
    count: int = Field(1, strict=True, ge=1, le=8, description="how many of them the machine has", examples=[1])

    def as_card(self) -> Card:
        """Give the card."""
        return Card("the GPU", self.memory, fp8=False) if self.memory else CARDS[self.card]
