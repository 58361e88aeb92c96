"""The beginning of a GGUF file: what the model is, and what its weights take. The weights themselves are not read.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import BinaryIO, Final

MAGIC: Final = b"GGUF"
VERSIONS: Final = (2, 3)
LONGEST: Final = 1 << 20  # items of a list or letters of a text; none of a model's has as many
# By the number of a type of fact: how struct reads it.
NUMBERS: Final[Mapping[int, str]] = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
STRING, ARRAY = 8, 9
# By the number of a format of weights: values in a block, and its bytes (`type_traits` of
# https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml.c).
FORMATS: Final[Mapping[int, tuple[int, int]]] = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    30: (1, 2),  # BF16
    39: (32, 17),  # MXFP4
}

Fact = int | float | str | tuple["Fact", ...]


@dataclass(frozen=True)
class Header:
    """What a file says of its model.

    Attributes:
        facts: by their names, such as `llama.block_count`.
        sizes: bytes of each matrix.

    """

    facts: Mapping[str, Fact]
    sizes: Mapping[str, int]


def read(file: BinaryIO) -> Header:
    """Read the beginning of a file.

    Raises:
        ValueError: it is no GGUF file of a known version, is cut off, or has weights in an unknown format.

    """
    if file.read(len(MAGIC)) != MAGIC:
        message = "does not begin as a GGUF file"
        raise ValueError(message)
    [version] = _numbers(file, "I")
    if version not in VERSIONS:
        message = f"is of version {version} of GGUF; 2 and 3 are known"
        raise ValueError(message)
    matrices, facts = _numbers(file, "QQ")
    found = {_text(file): _fact(file, *_numbers(file, "I")) for _ in range(_few(facts))}
    return Header(found, dict(_matrix(file) for _ in range(_few(matrices))))


def _numbers(file: BinaryIO, kinds: str) -> tuple[int, ...]:
    form = f"<{kinds}"
    data = file.read(struct.calcsize(form))
    if len(data) < struct.calcsize(form):
        message = "ends before its header does"
        raise ValueError(message)
    return struct.unpack(form, data)


def _few(count: int) -> int:
    if count > LONGEST:
        message = f"has a list of {count} items in its header"
        raise ValueError(message)
    return count


def _text(file: BinaryIO) -> str:
    [length] = _numbers(file, "Q")
    data = file.read(_few(length))
    if len(data) < length:
        message = "ends before its header does"
        raise ValueError(message)
    return data.decode("utf-8", errors="replace")


def _fact(file: BinaryIO, kind: int) -> Fact:
    if kind == STRING:
        return _text(file)
    if kind == ARRAY:
        inner, count = _numbers(file, "IQ")
        if inner in NUMBERS:
            return _numbers(file, NUMBERS[inner] * _few(count))
        return tuple(_fact(file, inner) for _ in range(_few(count)))
    if kind not in NUMBERS:
        message = f"has a fact of the unknown type {kind}"
        raise ValueError(message)
    return _numbers(file, NUMBERS[kind])[0]


def _matrix(file: BinaryIO) -> tuple[str, int]:
    name = _text(file)
    [dimensions] = _numbers(file, "I")
    shape = _numbers(file, "Q" * _few(dimensions))
    kind, _ = _numbers(file, "IQ")  # the second is where it begins
    if kind not in FORMATS:
        message = f"has {name} in the unknown format {kind}"
        raise ValueError(message)
    values, size = FORMATS[kind]
    return name, prod(shape) // values * size
