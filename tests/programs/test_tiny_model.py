"""The models that the test internet's registry serves."""

from __future__ import annotations

import struct
from array import array

import pytest

from testnode.internet.gguf import Tensor, encode
from testnode.internet.tiny_model import (
    BYTES,
    END,
    LETTERS,
    SPECIAL,
    WIDTH,
    chat_model,
    tokens_of,
    vocabulary,
    weights,
)

CERTAIN = 20.0  # at the engines' usual temperature of 0.8 the chance of another token is then 1 in 10^10


def test_a_model_file_holds_head_facts_and_aligned_weights() -> None:
    content = encode({"a": "b", "n": 7, "x": 0.5, "l": (1, 2)}, {"w": Tensor((2, 1), array("f", (1.0, 2.0)))})

    facts = b"".join(
        (
            struct.pack("<Q1sIQ1s", 1, b"a", 8, 1, b"b"),
            struct.pack("<Q1sII", 1, b"n", 4, 7),
            struct.pack("<Q1sIf", 1, b"x", 6, 0.5),
            struct.pack("<Q1sIIQii", 1, b"l", 9, 5, 2, 1, 2),
        )
    )
    place = struct.pack("<Q1sIQQIQ", 1, b"w", 2, 2, 1, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 4) + facts + place
    padding = bytes(-len(head) % 32)
    assert content == head + padding + struct.pack("<ff", 1.0, 2.0) + bytes(24)


def test_an_answer_becomes_one_token_for_each_word() -> None:
    assert tokens_of("This is llama3.1:8b.") == ("This", "▁is", "▁llama3.1:8b.")
    assert vocabulary(("This", "▁is")) == (*SPECIAL, *BYTES, *LETTERS, "This", "▁is")


@pytest.mark.parametrize("answer", ["so and so and so", "I am"])
def test_an_answer_whose_order_would_not_be_known_is_refused(answer: str) -> None:
    with pytest.raises(ValueError, match="every word must be another one"):
        chat_model(answer)


def test_after_any_token_the_answer_begins_and_after_its_last_word_it_ends() -> None:
    words = tokens_of("This is deepseek-r1:8b-0528-qwen3-q4_K_M.")
    known = weights(words)
    first = len(vocabulary(words)) - len(words)
    expected = {first: first + 1, first + 1: first + 2, first + 2: END}
    rows = {token: row for token, row in enumerate(known.output) if any(row)}  # the others pull by 0

    for token, vector in enumerate(known.embedding):
        pull = {other: sum(a * b for a, b in zip(vector, row, strict=True)) for other, row in rows.items()}
        best = max(pull, key=lambda other: pull[other])
        second = max(0.0, *(strength for other, strength in pull.items() if other != best))
        assert (best, pull[best] - second > CERTAIN) == (expected.get(token, first), True)


def test_a_model_is_the_same_every_time_and_small() -> None:
    model = chat_model("This is tiny.")
    assert model == chat_model("This is tiny.")
    assert len(model) < 1_000_000
    assert len(weights(()).embedding[0]) == WIDTH
