"""The file format of the models that llama.cpp reads.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from dataclasses import dataclass

Value = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]
"""A fact about a model. A number by itself is written as uint32 or float32, in a list as int32 or float32."""

MAGIC = b"GGUF"
VERSION = 3
ALIGNMENT = 32
UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9
F32_TENSOR = 0


@dataclass(frozen=True)
class Tensor:
    """A block of weights.

    Attributes:
        shape: its lengths, that of one row first.
        weights: all of them, row after row.

    """

    shape: tuple[int, ...]
    weights: array[float]


def encode(facts: Mapping[str, Value], tensors: Mapping[str, Tensor]) -> bytes:
    """Return the model as the bytes of a file."""
    head = MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(facts))
    head += b"".join(_string(name) + _typed(value) for name, value in facts.items())
    data = bytearray()
    for name, tensor in tensors.items():
        place = struct.pack(f"<I{len(tensor.shape)}QIQ", len(tensor.shape), *tensor.shape, F32_TENSOR, len(data))
        head += _string(name) + place
        data += _aligned(tensor.weights.tobytes())
    return _aligned(head) + bytes(data)


def _typed(value: Value) -> bytes:
    match value:
        case str():
            return struct.pack("<I", STRING) + _string(value)
        case int():
            return struct.pack("<II", UINT32, value)
        case float():
            return struct.pack("<If", FLOAT32, value)
    kind, items = _items(value)
    return struct.pack("<IIQ", ARRAY, kind, len(value)) + items


def _items(values: tuple[int, ...] | tuple[float, ...] | tuple[str, ...]) -> tuple[int, bytes]:
    texts = [value for value in values if isinstance(value, str)]
    if texts:
        return STRING, b"".join(map(_string, texts))
    if all(isinstance(value, int) for value in values):
        return INT32, struct.pack(f"<{len(values)}i", *values)
    return FLOAT32, struct.pack(f"<{len(values)}f", *values)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)
