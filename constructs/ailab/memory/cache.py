"""The cache of keys and values: what each token of a text keeps on the card until its answer is complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GIB: Final = 1 << 30
BLOCK: Final = 16  # tokens that vLLM gives out at once, its default on NVIDIA's cards
CELLS: Final = 256  # llama.cpp rounds those of layers that slide up to a multiple of it
UNIFORM: Final = 1.5  # below this proportion vLLM makes one group of each kind of layer


class ServerCache(StrEnum):
    """How vLLM keeps a value."""

    AUTO = "auto"  # as the model computes: 16 bits
    FP8 = "fp8"


class FileCache(StrEnum):
    """How Ollama keeps a value."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


# Bytes of one value; those of Ollama's smaller two are blocks of 32 values with a scale of 16 bits.
SERVER_BYTES: Final[Mapping[ServerCache, float]] = {ServerCache.AUTO: 2.0, ServerCache.FP8: 1.0}
FILE_BYTES: Final[Mapping[FileCache, float]] = {
    FileCache.F16: 2.0,
    FileCache.Q8_0: 34 / 32,
    FileCache.Q4_0: 18 / 32,
}


@dataclass(frozen=True, kw_only=True)
class CacheShape:
    """What a model keeps of a text.

    Attributes:
        full: layers that keep every token.
        sliding: layers that keep the last tokens alone.
        window: how many those are.
        heads: heads of keys, and as many of values.
        head_dim: values in a head.
        latent: values that a layer keeps in place of keys and values; every card holds them whole.

    """

    full: int
    heads: int
    head_dim: int
    sliding: int = 0
    window: int = 0
    latent: int | None = None

    def values(self, gpus: int = 1) -> int:
        """Count the values that one layer keeps of one token on each of the cards that share the model."""
        if self.latent is not None:
            return self.latent
        return 2 * self.head_dim * max(self.heads // gpus, 1)  # with more cards than heads, some hold the same one


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The cache as vLLM divides it: blocks of equal size for groups of layers of equal number.

    A model whose layers differ is cut into groups as large as its smaller kind; what does not fill a group is lost. See
    `get_kv_cache_groups` of https://github.com/vllm-project/vllm/blob/main/vllm/v1/core/kv_cache_utils.py.
    """

    size: float  # bytes of a block, which serves one group
    full: int  # groups that keep every token
    sliding: int
    window: int
    batch: int  # tokens that are read at once, which a sliding group keeps too until they are read

    def of_request(self, tokens: int) -> int:
        """Count the blocks that a text of so many tokens takes."""
        kept = min(self.window - 1 + self.batch, tokens)
        return self.full * -(-tokens // BLOCK) + self.sliding * (-(-kept // BLOCK) + 1)

    def requests(self, memory: float, tokens: int) -> float:
        """Tell how many texts of so many tokens are kept at once in so many GiB."""
        return int(memory * GIB // self.size) / self.of_request(tokens)

    def tokens(self, memory: float, context: int) -> int:
        """Count the tokens that vLLM says it keeps in so many GiB, when all texts are as long as the context."""
        if not self.sliding:
            return int(memory * GIB // self.size) // self.full * BLOCK
        return int(self.requests(memory, context) * context)

    def memory(self, tokens: int) -> float:
        """Tell how many GiB one text of so many tokens takes."""
        return self.of_request(tokens) * self.size / GIB


def pages(shape: CacheShape, cache: ServerCache, *, batch: int, gpus: int = 1) -> Pages:
    """Divide the cache of a model as vLLM does."""
    kinds = [number for number in (shape.full, shape.sliding) if number]
    group = max(kinds) if max(kinds) < min(kinds) * UNIFORM else min(kinds)
    size = group * BLOCK * shape.values(gpus) * SERVER_BYTES[cache]
    return Pages(
        size=size,
        full=-(-shape.full // group),
        sliding=-(-shape.sliding // group),
        window=shape.window,
        batch=batch,
    )


def cells(shape: CacheShape, cache: FileCache, *, context: int, parallel: int, batch: int) -> float:
    """Tell how many GiB llama.cpp takes for `parallel` texts of `context` tokens, all of it at the model's start.

    Each text has cells of its own, as Ollama starts it (`kv_unified = false`). See
    https://github.com/ggml-org/llama.cpp/blob/master/src/llama-kv-cache-iswa.cpp.
    """
    kept = -(-min(context, shape.window + batch) // CELLS) * CELLS
    bytes_of_token = shape.values() * FILE_BYTES[cache]
    return parallel * (shape.full * context + shape.sliding * kept) * bytes_of_token / GIB
