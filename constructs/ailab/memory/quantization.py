"""Quantizations: how many bits a parameter takes, and which parameters keep more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ailab.memory.allocator import kept
from ailab.memory.architecture import Architecture

GIB: Final = 1 << 30
SIXTEEN: Final = 16.0
# Bits of a parameter in the block formats of GGUF: a block holds its values and their scales. A Q6_K block has 210
# bytes for 256 values (https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h).
F16, Q8_0, Q6_K, Q5_K, Q5_1, Q5_0, Q4_K, Q4_0, MXFP4 = 16.0, 8.5, 6.5625, 5.5, 6.0, 5.5, 4.5, 4.5, 4.25
# The K formats have blocks of 256 values; a matrix whose rows do not divide into them takes the next older format.
K_BLOCK: Final = 256
OLDER: Final = {Q4_K: Q5_0, Q5_K: Q5_1, Q6_K: Q8_0}


class ServerQuantization(StrEnum):
    """What the weights of a Hugging Face repository are, as vLLM loads them."""

    BF16 = "bf16"
    FP8 = "fp8"
    INT4 = "int4"  # AWQ and GPTQ with groups of 128
    MXFP4 = "mxfp4"  # the experts alone


# A group of 128 four-bit values has a scale of 16 bits and a zero point of 4. The scales of fp8 are one for each
# channel or for each 128 x 128 block: below 0.1 %.
_SERVER_BITS: Final[Mapping[ServerQuantization, float]] = {
    ServerQuantization.BF16: SIXTEEN,
    ServerQuantization.FP8: 8.0,
    ServerQuantization.INT4: 4 + 20 / 128,
}
# vLLM's kernel for these experts rounds both of their sizes up, 2880 to 2944 and to 3072: so gpt-oss-120b weighs 65.97
# GiB, and not the 60.7 of its parameters (https://github.com/vllm-project/vllm/issues/23278).
_PADDED: Final = (128, 1024)


def server_weights(model: Architecture, quantization: ServerQuantization, *, gpus: int = 1) -> float:
    """Tell how many GiB vLLM's weights take on each of `gpus` cards that share the model.

    The first and the last matrix stay 16 bits wide whatever the rest is, and so does the tower. So does the table of
    rotations, which every card holds whole: vLLM computes it for the whole context.
    """
    matrices = (1 if model.tied else 2) * kept(model.embedding * SIXTEEN / 8 / gpus) * 8
    if quantization is ServerQuantization.MXFP4:
        experts = 3 * model.layers * _up(model.intermediate, _PADDED[0]) * _up(model.hidden, _PADDED[1]) * model.experts
        blocks = (experts * MXFP4 + model.layers * model.attention * SIXTEEN) / gpus
    else:
        bits = _SERVER_BITS[quantization]
        blocks = model.blocks * bits / gpus + _left_over(model, bits, gpus)
    return (matrices + blocks + _rotations(model) + model.tower * SIXTEEN / gpus) / 8 / GIB


def _left_over(model: Architecture, bits: float, gpus: int) -> float:
    """Tell how many bits are lost to what is left over of the memory that the matrices of the layers are given."""
    if model.block_parameters is not None:
        return 0.0
    width = model.head_dim * (model.heads // gpus)
    joined = width + 2 * model.head_dim * max(model.kv_heads // gpus, 1)
    inner = model.intermediate * model.experts // gpus
    rows = (
        joined,
        width,
        2 * inner,
        inner,
    )  # of queries, keys and values; of the output; of both ways up; of the way down
    sizes = [row * model.hidden * bits / 8 for row in rows]
    return model.layers * sum(kept(size) - size for size in sizes) * 8


def _rotations(model: Architecture) -> float:
    """Tell how many bits the tables of rotations take: one for each kind of layer that is turned by another angle."""
    if model.embeds:
        return 0.0
    tables = model.stretched + (1 if model.sliding_layers and model.tied else 0)  # Gemma's sliding layers
    return tables * model.context * (64 if model.latent else model.head_dim) * SIXTEEN


def _up(size: int, step: int) -> int:
    return -(-size // step) * step


@dataclass(frozen=True)
class FileQuantization:
    """A mixture of formats in a GGUF file.

    Attributes:
        base: bits of a parameter in most matrices.
        more: bits in the half of the layers that matters more, for values and the way down.
        output: bits in the last matrix, which is also the first one where both are one.
        experts: bits in the experts, where they differ from the base.

    """

    base: float
    more: float
    output: float
    experts: float | None = None


# As llama.cpp's quantizer chooses (`llama_tensor_get_type` of
# https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp). Those that are absent choose by further rules.
FILE_QUANTIZATIONS: Final[Mapping[str, FileQuantization]] = {
    "fp16": FileQuantization(F16, F16, F16),
    "f16": FileQuantization(F16, F16, F16),
    "bf16": FileQuantization(F16, F16, F16),
    "q8_0": FileQuantization(Q8_0, Q8_0, Q8_0),
    "q6_k": FileQuantization(Q6_K, Q6_K, Q6_K),
    "q5_k_m": FileQuantization(Q5_K, Q6_K, Q6_K),
    "q4_k_m": FileQuantization(Q4_K, Q6_K, Q6_K),
    "q4_0": FileQuantization(Q4_0, Q4_0, Q6_K),
    "mxfp4": FileQuantization(F16, F16, F16, experts=MXFP4),
}


@dataclass(frozen=True)
class FileWeights:
    """The weights of a GGUF file in GiB.

    Attributes:
        gpu: what llama.cpp puts on the card.
        host: the matrix that turns tokens into vectors: it stays in the pod's memory.

    """

    gpu: float
    host: float


def file_weights(model: Architecture, quantization: FileQuantization) -> FileWeights:
    """Tell what a GGUF file takes when every layer is on the card."""
    first = format_of(quantization.output if model.tied else quantization.base, model.hidden)
    last = format_of(quantization.output, model.hidden)
    # A single matrix for both ends is held twice: here and, as the last one, there.
    gpu = _block_bits(model, quantization) + model.embedding * last + model.tower * SIXTEEN
    return FileWeights(gpu / 8 / GIB, model.embedding * first / 8 / GIB)


def _block_bits(model: Architecture, quantization: FileQuantization) -> float:
    if model.block_parameters is not None:
        return model.block_parameters * quantization.base
    base = format_of(quantization.base, model.hidden)
    favoured = sum(matters_more(layer, model.layers) for layer in range(model.layers))
    up = quantization.experts or base
    down = quantization.experts or format_of(quantization.base, model.intermediate)
    more_down = quantization.experts or format_of(quantization.more, model.intermediate)
    values, way_down, layers = model.value_projection, model.down_projection, model.layers
    return (
        layers * ((model.attention - values) * base + 2 * way_down * up)
        + favoured * (values * format_of(quantization.more, model.hidden) + way_down * more_down)
        + (layers - favoured) * (values * base + way_down * down)
    )


def format_of(bits: float, row: int) -> float:
    """Tell the bits of the format that a matrix with rows of so many values really takes."""
    return OLDER.get(bits, bits) if row % K_BLOCK else bits


def matters_more(layer: int, layers: int) -> bool:
    """Say whether a layer is of those that keep more bits: the first and last eighth, and a third of the others."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2  # noqa: PLR2004 - the rule
