"""How PyTorch gives out a card's memory: what it asks the driver for, and what it keeps of that."""

from __future__ import annotations

from typing import Final

MIB: Final = 1 << 20
# Sizes of https://github.com/pytorch/pytorch/blob/main/c10/cuda/CUDACachingAllocator.cpp: a request of `LARGE` and more
# is rounded up to `STEP`, and what is left over becomes a piece of its own where it is more than `SMALL`.
LARGE: Final = 10 * MIB
STEP: Final = 2 * MIB
SMALL: Final = MIB


def kept(size: float) -> float:
    """Tell how many bytes a tensor of so many bytes takes: with what is left over where nobody else can have that.

    That is 3.5 MiB for each layer of Qwen2.5 14B on two cards, more than one per cent of it.
    """
    left = -size % STEP
    return size + left if size >= LARGE and left <= SMALL else size
