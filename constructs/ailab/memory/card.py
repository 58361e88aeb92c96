"""Cards: how much memory a program of CUDA finds on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CardName(StrEnum):
    """The cards whose memory is known."""

    RTX_3060 = "rtx-3060"
    RTX_4060_TI = "rtx-4060-ti"
    RTX_4080 = "rtx-4080"
    RTX_4000_ADA = "rtx-4000-ada"
    RTX_3090 = "rtx-3090"
    RTX_4090 = "rtx-4090"
    RTX_5090 = "rtx-5090"
    L40S = "l40s"
    RTX_6000_ADA = "rtx-6000-ada"
    H100 = "h100"
    H200 = "h200"
    B300 = "b300"


# Each program of llama.cpp holds so many GiB beside its buffers: 0.45 in published logs of smaller cards; 0.59 to 0.62
# on an H200, 0.68 to 0.71 for models of 16 bits (decision 0037). Others of that size are taken to be like it.
PROGRAM: Final = 0.45
LARGE_PROGRAM: Final = 0.71


@dataclass(frozen=True)
class Card:
    """One card.

    Attributes:
        name: what people call it.
        memory: GiB that CUDA finds on it, the least that was reported: the driver keeps some, and never the same.
        droplets: DigitalOcean's sizes that have it; none for a card that one has at home.
        fp8: it computes with values of 8 bits, as those since Ada and Hopper do.
        program: GiB that each program of llama.cpp holds on it beside its buffers.

    """

    name: str
    memory: float
    droplets: tuple[str, ...] = ()
    fp8: bool = True
    program: float = PROGRAM


# The rented ones: what PyTorch says when memory runs out ("GPU 0 has a total capacity of ..."), gathered from public
# reports of November 2026; vLLM prints the same number at its start (79.22 of an H100 in
# https://github.com/vllm-project/vllm/pull/10511, 23.58 of an RTX 3090 in
# https://github.com/vllm-project/vllm/issues/10517). Those at home: the same where it is known (23.52 of 24 GB, 31.36
# of 32), and 97.5 % of the size on the box for the others, a little below what any of them was seen with.
CARDS: Final[Mapping[CardName, Card]] = {
    CardName.RTX_3060: Card("RTX 3060 (12 GB)", 11.7, fp8=False),
    CardName.RTX_4060_TI: Card("RTX 4060 Ti (16 GB)", 15.6),
    CardName.RTX_4080: Card("RTX 4080 (16 GB)", 15.6),
    CardName.RTX_4000_ADA: Card("RTX 4000 Ada", 19.6, ("gpu-4000adax1-20gb",)),
    CardName.RTX_3090: Card("RTX 3090", 23.5, fp8=False),
    CardName.RTX_4090: Card("RTX 4090", 23.5),
    CardName.RTX_5090: Card("RTX 5090", 31.3),
    CardName.L40S: Card("L40S", 44.4, ("gpu-l40sx1-48gb",)),
    CardName.RTX_6000_ADA: Card("RTX 6000 Ada", 47.4, ("gpu-6000adax1-48gb",)),
    CardName.H100: Card("H100", 79.1, ("gpu-h100x1-80gb", "gpu-h100x8-640gb"), program=LARGE_PROGRAM),
    CardName.H200: Card("H200", 139.8, ("gpu-h200x1-141gb", "gpu-h200x8-1128gb"), program=LARGE_PROGRAM),
    # 267.69 as vLLM sees it, in a log of September 2026. It is rented as spot, or by a contract of its own: a spot
    # droplet can be taken back within minutes, and the lab's volume stays.
    CardName.B300: Card("B300", 267.6, ("gpu-b300x1-288gb-spot", "gpu-b300x8-2304gb-spot"), program=LARGE_PROGRAM),
}
