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
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
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


@dataclass(frozen=True)
class Place:
    """Where a block of weights is.

    Attributes:
        shape: its lengths, that of one row first.
        kind: the number of its format.
        offset: bytes from the end of the head.

    """

    shape: tuple[int, ...]
    kind: int
    offset: int


def encode(facts: Mapping[str, Value], tensors: Mapping[str, Tensor]) -> bytes:
    """Return the model as the bytes of a file."""
    places: dict[str, Place] = {}
    data = bytearray()
    for name, tensor in tensors.items():
        places[name] = Place(tensor.shape, F32_TENSOR, len(data))
        data += _filled(tensor.weights.tobytes())
    return head(facts, places) + bytes(data)


def head(facts: Mapping[str, Value], places: Mapping[str, Place]) -> bytes:
    """Return the bytes of a file up to its weights."""
    data = MAGIC + struct.pack("<IQQ", VERSION, len(places), len(facts))
    data += b"".join(_string(name) + _typed(value) for name, value in facts.items())
    for name, place in places.items():
        numbers = (len(place.shape), *place.shape, place.kind, place.offset)
        data += _string(name) + struct.pack(f"<I{len(place.shape)}QIQ", *numbers)
    return _filled(data)


def _typed(value: Value) -> bytes:
    match value:
        case str():
            return struct.pack("<I", STRING) + _string(value)
        case bool():
            return struct.pack("<I?", BOOL, value)
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


def aligned(size: int) -> int:
    """Tell where the next block may begin after so many bytes."""
    return size + -size % ALIGNMENT


def _filled(data: bytes) -> bytes:
    return data + bytes(aligned(len(data)) - len(data))
