"""Models of half a megabyte that a real engine loads like any other, and whose answers are known.

The attention and the network of the single layer are zero, so that a token's own vector alone
decides which one follows. Vectors of random signs are nearly at right angles to each other: the
output weights of a word are the vector of the word before it, which makes the model say its words
in their order, whatever it is asked, and then stop.
"""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass

from testnode.internet.gguf import Tensor, Value, encode

WIDTH = 128
HEADS = 4
NETWORK = 32
CONTEXT = 8192
START_PULL = 70.0
"""What pulls every token that is not one of the words towards the first word: more than chance
makes any other one (30 at most), less than what pulls a word to the next (`WIDTH`)."""

UNKNOWN, BEGIN, END = range(3)
SPECIAL = ("<unk>", "<s>", "</s>")
BYTES = tuple(f"<0x{code:02X}>" for code in range(256))
SPACE = "\u2581"
LETTERS = (SPACE, *map(chr, range(33, 127)))
NORMAL_TYPE, UNKNOWN_TYPE, CONTROL_TYPE, BYTE_TYPE = 1, 2, 3, 6
MEAN_POOLING = 1

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


@dataclass(frozen=True)
class Weights:
    """What decides the answer.

    Attributes:
        embedding: for each token its vector.
        output: for each token what the last vector is multiplied with; the largest product wins.

    """

    embedding: tuple[array[float], ...]
    output: tuple[array[float], ...]


def chat_model(answer: str) -> bytes:
    """Return a model that answers everything with these words.

    Raises:
        ValueError: a word comes twice, or the first one is a single letter: which word follows would not be known.

    """
    words = tokens_of(answer)
    return _encode(answer, words, weights(words), {"tokenizer.chat_template": TEMPLATE})


def embedding_model(name: str) -> bytes:
    """Return a model that turns a text into the mean of its letters' vectors."""
    return _encode(name, (), weights(()), {"llama.pooling_type": MEAN_POOLING})


def tokens_of(answer: str) -> tuple[str, ...]:
    """Return the words as tokens: each but the first with the space before it.

    Raises:
        ValueError: as `chat_model` says.

    """
    words = tuple(answer.replace(" ", f" {SPACE}").split())
    if len({*words, *LETTERS}) < len(words) + len(LETTERS):
        message = f"{answer!r}: every word must be another one and the first longer than a letter"
        raise ValueError(message)
    return words


def vocabulary(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return all tokens: control tokens, bytes, letters and the words."""
    return SPECIAL + BYTES + LETTERS + words


def weights(words: tuple[str, ...]) -> Weights:
    """Return the weights that make the words follow each other."""
    signs = random.Random(0)  # noqa: S311 - the same model every time
    count = len(vocabulary(words))
    embedding = tuple(array("f", (1.0, *signs.choices((-1.0, 1.0), k=WIDTH - 1))) for _ in range(count))
    output = [array("f", bytes(4 * WIDTH)) for _ in range(count)]
    first = count - len(words)
    for token in range(first, count):
        output[END if token == count - 1 else token + 1] = embedding[token]
    if words:
        output[first][0] = START_PULL
    return Weights(embedding, tuple(output))


def _encode(name: str, words: tuple[str, ...], ends: Weights, more: dict[str, Value]) -> bytes:
    tokens = vocabulary(words)
    facts: dict[str, Value] = {
        "general.architecture": "llama",
        "general.name": name,
        "llama.context_length": CONTEXT,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": NETWORK,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "llama.vocab_size": len(tokens),
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": tuple(0.0 for _ in tokens),
        "tokenizer.ggml.token_type": _types(tokens),
        "tokenizer.ggml.unknown_token_id": UNKNOWN,
        "tokenizer.ggml.bos_token_id": BEGIN,
        "tokenizer.ggml.eos_token_id": END,
    }
    return encode(facts | more, _tensors(ends))


def _types(tokens: tuple[str, ...]) -> tuple[int, ...]:
    special = (UNKNOWN_TYPE, CONTROL_TYPE, CONTROL_TYPE)
    normal = len(tokens) - len(special) - len(BYTES)
    return special + (BYTE_TYPE,) * len(BYTES) + (NORMAL_TYPE,) * normal


def _tensors(ends: Weights) -> dict[str, Tensor]:
    layer = {
        "attn_norm": _even(1, WIDTH),
        **{name: _even(0, WIDTH, WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")},
        "ffn_norm": _even(1, WIDTH),
        "ffn_gate": _even(0, WIDTH, NETWORK),
        "ffn_up": _even(0, WIDTH, NETWORK),
        "ffn_down": _even(0, NETWORK, WIDTH),
    }
    return {
        "token_embd.weight": _rows(ends.embedding),
        **{f"blk.0.{name}.weight": tensor for name, tensor in layer.items()},
        "output_norm.weight": _even(1, WIDTH),
        "output.weight": _rows(ends.output),
    }


def _even(weight: float, *shape: int) -> Tensor:
    count = shape[0] * (shape[1] if shape[1:] else 1)
    return Tensor(shape, array("f", (weight,)) * count)


def _rows(rows: tuple[array[float], ...]) -> Tensor:
    return Tensor((WIDTH, len(rows)), array("f", b"".join(row.tobytes() for row in rows)))
