"""The models whose architecture is known, and how their names in repositories and in Ollama's library lead to it.

The numbers are those of each `config.json` on Hugging Face (`https://huggingface.co/<repository>/raw/main/config.json`).
tests/memory/ holds the sum of their parameters against what each model's page says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ailab.memory.architecture import Architecture

_LLAMA_8B: Final = Architecture(
    layers=32, hidden=4096, intermediate=14336, heads=32, kv_heads=8, head_dim=128, vocab=128256, context=131072
)
_LLAMA_70B: Final = Architecture(
    layers=80, hidden=8192, intermediate=28672, heads=64, kv_heads=8, head_dim=128, vocab=128256, context=131072
)
_QWEN25_14B: Final = Architecture(
    layers=48, hidden=5120, intermediate=13824, heads=40, kv_heads=8, head_dim=128, vocab=152064, context=32768
)
_QWEN25_32B: Final = Architecture(
    layers=64, hidden=5120, intermediate=27648, heads=40, kv_heads=8, head_dim=128, vocab=152064, context=32768
)
_QWEN25_7B: Final = Architecture(
    layers=28, hidden=3584, intermediate=18944, heads=28, kv_heads=4, head_dim=128, vocab=152064, context=32768
)
_QWEN3_4B: Final = Architecture(
    layers=36,
    hidden=2560,
    intermediate=9728,
    heads=32,
    kv_heads=8,
    head_dim=128,
    vocab=151936,
    context=40960,
    tied=True,
)
_QWEN3_30B: Final = Architecture(
    layers=48,
    hidden=2048,
    intermediate=768,
    heads=32,
    kv_heads=4,
    head_dim=128,
    vocab=151936,
    context=40960,
    experts=128,
)
_QWEN3_8B: Final = Architecture(
    layers=36, hidden=4096, intermediate=12288, heads=32, kv_heads=8, head_dim=128, vocab=151936, context=40960
)

ARCHITECTURES: Final[Mapping[str, Architecture]] = {
    "llama-3-8b": replace(_LLAMA_8B, context=8192),
    "llama-3.1-8b": _LLAMA_8B,
    "llama-3.1-70b": _LLAMA_70B,
    "llama-3.2-1b": Architecture(
        layers=16,
        hidden=2048,
        intermediate=8192,
        heads=32,
        kv_heads=8,
        head_dim=64,
        vocab=128256,
        context=131072,
        tied=True,
    ),
    "llama-3.2-3b": Architecture(
        layers=28,
        hidden=3072,
        intermediate=8192,
        heads=24,
        kv_heads=8,
        head_dim=128,
        vocab=128256,
        context=131072,
        tied=True,
    ),
    "llama-3.3-70b": _LLAMA_70B,
    "qwen2.5-0.5b": Architecture(
        layers=24,
        hidden=896,
        intermediate=4864,
        heads=14,
        kv_heads=2,
        head_dim=64,
        vocab=151936,
        context=32768,
        tied=True,
    ),
    "qwen2.5-1.5b": Architecture(
        layers=28,
        hidden=1536,
        intermediate=8960,
        heads=12,
        kv_heads=2,
        head_dim=128,
        vocab=151936,
        context=32768,
        tied=True,
    ),
    "qwen2.5-3b": Architecture(
        layers=36,
        hidden=2048,
        intermediate=11008,
        heads=16,
        kv_heads=2,
        head_dim=128,
        vocab=151936,
        context=32768,
        tied=True,
    ),
    "qwen2.5-7b": _QWEN25_7B,
    "qwen2.5-14b": _QWEN25_14B,
    "qwen2.5-32b": _QWEN25_32B,
    "qwen3-0.6b": Architecture(
        layers=28,
        hidden=1024,
        intermediate=3072,
        heads=16,
        kv_heads=8,
        head_dim=128,
        vocab=151936,
        context=40960,
        tied=True,
    ),
    "qwen3-1.7b": Architecture(
        layers=28,
        hidden=2048,
        intermediate=6144,
        heads=16,
        kv_heads=8,
        head_dim=128,
        vocab=151936,
        context=40960,
        tied=True,
    ),
    "qwen3-4b": _QWEN3_4B,
    "qwen3-4b-2507": replace(_QWEN3_4B, context=262144),
    "qwen3-8b": _QWEN3_8B,
    "qwen3-14b": Architecture(
        layers=40, hidden=5120, intermediate=17408, heads=40, kv_heads=8, head_dim=128, vocab=151936, context=40960
    ),
    "qwen3-30b-a3b": _QWEN3_30B,
    "qwen3-30b-a3b-2507": replace(_QWEN3_30B, context=262144),
    "qwen3-32b": Architecture(
        layers=64, hidden=5120, intermediate=25600, heads=64, kv_heads=8, head_dim=128, vocab=151936, context=40960
    ),
    "deepseek-r1-distill-qwen-1.5b": Architecture(
        layers=28, hidden=1536, intermediate=8960, heads=12, kv_heads=2, head_dim=128, vocab=151936, context=131072
    ),
    "deepseek-r1-distill-qwen-7b": replace(_QWEN25_7B, context=131072),
    "deepseek-r1-distill-qwen-14b": replace(_QWEN25_14B, context=131072),
    "deepseek-r1-distill-qwen-32b": replace(_QWEN25_32B, context=131072),
    "deepseek-r1-distill-llama-8b": _LLAMA_8B,
    "deepseek-r1-distill-llama-70b": _LLAMA_70B,
    "deepseek-r1-0528-qwen3-8b": replace(_QWEN3_8B, context=131072),
    # 512 values of a compressed vector and 64 of a rotated key for each token. Three of its layers are dense, each of
    # the others has 256 experts and one that always answers: 671.0 billion parameters, 1.9 in the two matrices.
    "deepseek-r1": Architecture(
        layers=61,
        hidden=7168,
        intermediate=2048,
        heads=128,
        kv_heads=128,
        head_dim=128,
        vocab=129280,
        context=163840,
        experts=257,
        latent=576,
        block_parameters=669_173_000_000,
    ),
    "mistral-7b": Architecture(
        layers=32, hidden=4096, intermediate=14336, heads=32, kv_heads=8, head_dim=128, vocab=32768, context=32768
    ),
    "mistral-nemo-12b": Architecture(
        layers=40, hidden=5120, intermediate=14336, heads=32, kv_heads=8, head_dim=128, vocab=131072, context=131072
    ),
    "mistral-small-24b": Architecture(
        layers=40, hidden=5120, intermediate=32768, heads=32, kv_heads=8, head_dim=128, vocab=131072, context=32768
    ),
    # Of every six layers, five slide. The towers see pictures; the smallest has none.
    "gemma-3-1b": Architecture(
        layers=26,
        hidden=1152,
        intermediate=6912,
        heads=4,
        kv_heads=1,
        head_dim=256,
        vocab=262144,
        context=32768,
        tied=True,
        window=512,
        full_layers=4,
    ),
    "gemma-3-4b": Architecture(
        layers=34,
        hidden=2560,
        intermediate=10240,
        heads=8,
        kv_heads=4,
        head_dim=256,
        vocab=262208,
        context=131072,
        tied=True,
        window=1024,
        full_layers=5,
        stretched=8,
        tower=420_000_000,
    ),
    "gemma-3-12b": Architecture(
        layers=48,
        hidden=3840,
        intermediate=15360,
        heads=16,
        kv_heads=8,
        head_dim=256,
        vocab=262208,
        context=131072,
        tied=True,
        window=1024,
        full_layers=8,
        stretched=8,
        tower=421_000_000,
    ),
    "gemma-3-27b": Architecture(
        layers=62,
        hidden=5376,
        intermediate=21504,
        heads=32,
        kv_heads=16,
        head_dim=128,
        vocab=262208,
        context=131072,
        tied=True,
        window=1024,
        full_layers=10,
        stretched=8,
        tower=423_000_000,
    ),
    # Every second layer slides.
    "gpt-oss-20b": Architecture(
        layers=24,
        hidden=2880,
        intermediate=2880,
        heads=64,
        kv_heads=8,
        head_dim=64,
        vocab=201088,
        context=131072,
        experts=32,
        window=128,
        full_layers=12,
    ),
    "gpt-oss-120b": Architecture(
        layers=36,
        hidden=2880,
        intermediate=2880,
        heads=64,
        kv_heads=8,
        head_dim=64,
        vocab=201088,
        context=131072,
        experts=128,
        window=128,
        full_layers=18,
    ),
    # Ollama's file of it says 2,048 tokens.
    "nomic-embed-text": Architecture(
        layers=12,
        hidden=768,
        intermediate=3072,
        heads=12,
        kv_heads=12,
        head_dim=64,
        vocab=30522,
        context=2048,
        tied=True,
        block_parameters=113_300_000,
        embeds=True,
    ),
}
