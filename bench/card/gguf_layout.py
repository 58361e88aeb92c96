"""GGUF files with the shapes of real models and nothing in them: holes on the disk, zeros on the card.

What a model takes of a card depends on its shapes alone. The tensors' names and facts are those that llama.cpp asks
for (https://github.com/ggml-org/llama.cpp/blob/master/src/llama-arch.cpp).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from ailab.memory.architecture import Architecture
from ailab.memory.quantization import FileQuantization, format_of, matters_more
from infra.gguf_header import FORMATS
from testnode.internet.gguf import Place, Value, aligned, head
from testnode.internet.tiny_model import BYTES, MEAN_POOLING, SPACE, SPECIAL

F32: Final = 32.0
# The number of a format in a file by the bits of a value.
NUMBERS: Final[Mapping[float, int]] = {F32: 0, 16.0: 1, 8.5: 8, 6.5625: 14, 5.5: 6, 4.5: 12, 4.25: 39}
WORD_PIECES: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
KINDS: Final[Mapping[str, str]] = {
    "llama": "llama",
    "deepseek-r1-distill-llama": "llama",
    "mistral": "llama",
    "qwen2.5": "qwen2",
    "qwen3": "qwen3",
    "deepseek-r1-0528-qwen3": "qwen3",
    "gemma-3": "gemma3",
    "nomic": "nomic-bert",
}
"""What llama.cpp calls an architecture, by the beginning of a model's name."""


@dataclass(frozen=True)
class Layout:
    """A file without its weights.

    Attributes:
        head: its first bytes, up to the weights.
        size: bytes of the whole file.

    """

    head: bytes
    size: int


def layout(name: str, model: Architecture, quantization: FileQuantization) -> Layout:
    """Lay a model of this name out.

    Raises:
        ValueError: no kind of llama.cpp's is known for the name.

    """
    kind = kind_of(name)
    tensors: dict[str, Place] = {}
    offset = 0
    for tensor, (shape, bits) in _tensors(kind, model, quantization).items():
        number = NUMBERS[bits]
        values, size = FORMATS[number]
        tensors[tensor] = Place(shape, number, offset)
        offset += aligned(prod(shape) // values * size)
    first = head({"general.architecture": kind, "general.name": name, **_facts(kind, model)}, tensors)
    return Layout(first, len(first) + offset)


def kind_of(name: str) -> str:
    """Tell what llama.cpp calls the architecture of a model.

    Raises:
        ValueError: it is not known.

    """
    found = [known for known in KINDS if name.startswith(known)]
    if not found:
        message = f"{name}: no kind of llama.cpp's is known for it; there are {', '.join(KINDS)}"
        raise ValueError(message)
    return KINDS[max(found, key=len)]


def _facts(kind: str, model: Architecture) -> dict[str, Value]:
    own: dict[str, Value] = {
        "context_length": model.context,
        "embedding_length": model.hidden,
        "block_count": model.layers,
        "feed_forward_length": model.intermediate,
        "attention.head_count": model.heads,
        "attention.head_count_kv": model.kv_heads,
        "attention.key_length": model.head_dim,
        "attention.value_length": model.head_dim,
        "rope.freq_base": 10000.0,
        "rope.dimension_count": model.head_dim,
        "vocab_size": model.vocab,
    }
    if kind == "nomic-bert":
        own |= {"attention.layer_norm_epsilon": 1e-12, "attention.causal": False, "pooling_type": MEAN_POOLING}
        return _named(kind, own) | _word_pieces(model.vocab)
    own |= {"attention.layer_norm_rms_epsilon": 1e-5}
    if model.window is not None:
        own |= {"attention.sliding_window": model.window}
    return _named(kind, own) | _tokens(model.vocab)


def _named(kind: str, facts: Mapping[str, Value]) -> dict[str, Value]:
    return {f"{kind}.{name}": value for name, value in facts.items()}


def _tokens(count: int) -> dict[str, Value]:
    tokens = (*SPECIAL, *BYTES)
    tokens += tuple(f"{SPACE}w{number}" for number in range(count - len(tokens)))
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": tuple(0.0 for _ in tokens),
        "tokenizer.ggml.token_type": (2, 3, 3, *(6 for _ in BYTES), *(1 for _ in tokens[259:])),
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }


def _word_pieces(count: int) -> dict[str, Value]:
    tokens = (*WORD_PIECES, *(f"{SPACE}w{number}" for number in range(count - len(WORD_PIECES))))
    return {
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": tuple(0.0 for _ in tokens),
        "tokenizer.ggml.token_type": (*(3 for _ in WORD_PIECES), *(1 for _ in tokens[len(WORD_PIECES) :])),
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.seperator_token_id": 3,
        "tokenizer.ggml.eos_token_id": 3,
        "tokenizer.ggml.mask_token_id": 4,
    }


Shapes = dict[str, tuple[tuple[int, ...], float]]


def _tensors(kind: str, model: Architecture, quantization: FileQuantization) -> Shapes:
    last = format_of(quantization.output, model.hidden)
    first = last if model.tied else format_of(quantization.base, model.hidden)
    ends: Shapes = {"token_embd.weight": ((model.hidden, model.vocab), first)}
    if kind == "nomic-bert":
        ends |= {"token_types.weight": ((model.hidden, 2), F32), **_norm("token_embd_norm", model.hidden)}
    else:
        ends |= {"output_norm.weight": ((model.hidden,), F32)}
        if not model.tied:
            ends |= {"output.weight": ((model.hidden, model.vocab), last)}
    for number in range(model.layers):
        favoured = quantization.more if matters_more(number, model.layers) else quantization.base
        if kind == "nomic-bert":
            layer = _encoder_layer(model, quantization.base)
        else:
            layer = _decoder_layer(kind, model, quantization.base, favoured)
        ends |= {f"blk.{number}.{name}": tensor for name, tensor in layer.items()}
    return ends


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.{part}": ((width,), F32) for part in ("weight", "bias")}


def _decoder_layer(kind: str, model: Architecture, most: float, favoured: float) -> Shapes:
    hidden, inner = model.hidden, model.intermediate
    queries, keys = model.heads * model.head_dim, model.kv_heads * model.head_dim
    base = format_of(most, hidden)
    layer: Shapes = {
        "attn_norm.weight": ((hidden,), F32),
        "ffn_norm.weight": ((hidden,), F32),
        "attn_q.weight": ((hidden, queries), base),
        "attn_k.weight": ((hidden, keys), base),
        "attn_v.weight": ((hidden, keys), format_of(favoured, hidden)),
        "attn_output.weight": ((queries, hidden), format_of(most, queries)),
        "ffn_gate.weight": ((hidden, inner), base),
        "ffn_up.weight": ((hidden, inner), base),
        "ffn_down.weight": ((inner, hidden), format_of(favoured, inner)),
    }
    if kind == "qwen2":
        layer |= {f"attn_{name}.bias": ((width,), F32) for name, width in (("q", queries), ("k", keys), ("v", keys))}
    if kind in {"qwen3", "gemma3"}:
        layer |= {f"attn_{name}_norm.weight": ((model.head_dim,), F32) for name in ("q", "k")}
    if kind == "gemma3":
        layer |= {f"{name}.weight": ((hidden,), F32) for name in ("post_attention_norm", "post_ffw_norm")}
    return layer


def _encoder_layer(model: Architecture, bits: float) -> Shapes:
    hidden, inner = model.hidden, model.intermediate
    return {
        "attn_qkv.weight": ((hidden, 3 * hidden), bits),
        "attn_output.weight": ((hidden, hidden), bits),
        **_norm("attn_output_norm", hidden),
        "ffn_gate.weight": ((hidden, inner), bits),
        "ffn_up.weight": ((hidden, inner), bits),
        "ffn_down.weight": ((inner, hidden), bits),
        **_norm("layer_output_norm", hidden),
    }
