"""A run whose log was published."""

from __future__ import annotations

from dataclasses import dataclass

from ailab.memory import Model, VllmEngine, server_model
from ailab.memory.cache import ServerCache


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a log of vLLM says; None where it does not.

    Attributes:
        model: the repository.
        source: where the log is.
        weights: "Model loading took", GiB on each card.
        near: how far the computed weights may be off.
        card: GiB of each card as vLLM sees it.
        share: `gpu_memory_utilization`.
        cache: "Available KV cache memory", GiB; below zero it did not start.
        tokens: "GPU KV cache size".
        context: `max_model_len`.
        batch: tokens that were read at once.
        parallel: `max_num_seqs`.
        gpus: cards that shared the model.
        started: whether it did.

    """

    model: str
    source: str
    weights: float | None = None
    near: float = 0.01
    card: float | None = None
    share: float | None = None
    cache: float | None = None
    tokens: int | None = None
    context: int = 131072
    batch: int = 2048
    parallel: int = 256
    gpus: int = 1
    started: bool = True

    def loaded(self) -> Model:
        model = server_model(self.model, gpus=self.gpus)
        assert model is not None
        return model

    def engine(self) -> VllmEngine:
        return VllmEngine(
            name="run",
            model=self.loaded(),
            context=self.context,
            parallel=self.parallel,
            cache=ServerCache.AUTO,
            gpus=self.gpus,
            share=self.share,
        )

    def __str__(self) -> str:
        return f"{self.model}, {self.source.removeprefix('https://')}"
