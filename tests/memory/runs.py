"""Runs whose logs were published: what the arithmetic is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ailab.memory import Model, VllmEngine, server_model
from ailab.memory.cache import ServerCache

VLLM: Final = "https://github.com/vllm-project/vllm"


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
        return f"{self.model}, {self.source.rpartition('vllm/')[2]}"


RUNS: Final = (
    Run(
        model="meta-llama/Meta-Llama-3-8B",
        source=f"{VLLM}/pull/10511",
        weights=14.96,
        card=79.22,
        share=0.9,
        cache=53.29,
        context=8192,
        batch=8192,
    ),
    Run(model="meta-llama/Meta-Llama-3-8B", source=f"{VLLM}/pull/10511 on two cards", weights=7.48, gpus=2),
    Run(
        model="meta-llama/Llama-3.1-8B-Instruct",
        source=f"{VLLM}/issues/10517 with 20,000 tokens",
        weights=14.9888,
        card=23.58,
        share=0.9,
        cache=3.81,
        tokens=1952 * 16,
        context=20000,
        batch=20000,  # it read whole texts at once
    ),
    Run(
        model="meta-llama/Llama-3.1-8B-Instruct",
        source=f"{VLLM}/issues/10517 with 29,000 tokens",
        weights=14.9888,
        card=23.58,
        share=0.9,
        cache=2.89,
        tokens=1478 * 16,
        context=29000,
        batch=29000,
        started=False,
    ),
    Run(
        model="meta-llama/Llama-3.1-8B-Instruct",
        source="a public report of November 2026",
        weights=14.99,
        cache=19.28,
        tokens=157_936,
    ),
    Run(model="meta-llama/Llama-3.1-8B", source="a second public report", cache=26.43, tokens=216_512),
    Run(
        model="Qwen/Qwen3-8B", source="a third public report", weights=15.27, cache=29.76, tokens=216_704, context=40960
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source="a fourth public report, RTX 5090",
        card=31.36,
        share=0.92,
        cache=89_040 * 144 / 1024**2,  # it names the tokens alone
        tokens=89_040,
        context=40960,
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source="https://github.com/LMCache/LMCache/issues/3430",
        cache=6.37,
        tokens=46_368,
        context=16384,
    ),
    Run(
        model="Qwen/Qwen3-8B-FP8",
        source="a fifth public report, RTX 4090",
        weights=8.8,
        card=23.53,
        share=0.8,
        cache=9_232_221_491 / 1024**3,
        context=1024,
    ),
    Run(model="Qwen/Qwen3-14B", source="a sixth public report", cache=11.57, tokens=75_824, context=40960),
    Run(model="Qwen/Qwen3-1.7B", source=f"{VLLM}/issues/33263", cache=18.78, tokens=175_856, context=1024),
    Run(model="Qwen/Qwen3-30B-A3B", source=f"{VLLM}/issues/17327", weights=14.2474, gpus=4),
    Run(model="Qwen/Qwen2.5-14B-Instruct", source="a seventh public report", weights=27.57),
    Run(
        model="Qwen/Qwen2.5-32B-Instruct",
        source=f"{VLLM}/issues/16301; the cache: a public report, H200",
        weights=61.0374,
        card=139.8,
        share=0.9,
        cache=61.0,
        batch=8192,
        parallel=1024,
    ),
    Run(
        model="Qwen/Qwen2.5-7B-Instruct-AWQ",
        source=f"{VLLM}/issues/13882",
        weights=5.2032,
        card=8.0,
        share=0.7,
        cache=-1.05,
        context=4096,
        started=False,
    ),
    Run(
        model="openai/gpt-oss-20b",
        source="https://myoceane.fr/index.php/ai-vllm-a100-gemma-4/",
        weights=13.72,
        card=79.25,
        share=0.65,
        cache=36.56,
    ),
    Run(
        model="openai/gpt-oss-120b",
        source=f"{VLLM}/issues/23278",
        weights=65.9651,
        card=79.22,
        share=0.9,
        cache=-2.14,
        batch=8192,
        parallel=1024,
        started=False,
    ),
    Run(
        model="openai/gpt-oss-120b",
        source=f"{VLLM}/issues/27508",
        card=79.22,
        share=0.95,
        cache=1.71,
        batch=1024,
        parallel=1024,
        started=False,
    ),
    # Another kernel, which rounds one size up and not both: the plan says more than it takes.
    Run(model="openai/gpt-oss-120b", source=f"{VLLM}/issues/33155", weights=64.38, near=0.025),
    # What makes these three differ is not known: tables of rotations, buffers, and a tower that is partly shared.
    Run(model="google/gemma-3-1b-it", source=f"{VLLM}/issues/14696", weights=1.9134, near=0.02),
    Run(model="google/gemma-3-27b-it", source=f"{VLLM}/issues/16378", weights=13.1664, near=0.02, gpus=4),
    Run(
        model="deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
        source=f"{VLLM}/issues/13061",
        weights=13.9476,
        near=0.02,
        card=23.65,
        share=0.98,
        gpus=2,
        started=False,
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source="an eighth public report, a card of 16 GB",
        card=15.6,
        share=0.9,
        context=2048,
        started=False,
    ),
)
