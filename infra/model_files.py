"""The five numbers of a model out of its own files: `config.json` of a repository, or a GGUF file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ailab.spec.models import ModelShape
from infra import gguf_header
from infra.errors import LabError

GIB: Final = 1 << 30
CONFIG: Final = "config.json"
INDEX: Final = "model.safetensors.index.json"
# What turns tokens into vectors stays in the pod's memory, unless it is the last matrix too.
FIRST, LAST = "token_embd.weight", "output.weight"


def shape_of(path: Path, weights: float | None) -> ModelShape:
    """Read the five numbers.

    Args:
        path: a GGUF file, a `config.json` or the folder that has one.
        weights: GiB of the weights, where no file beside `config.json` says them.

    Raises:
        LabError: the file is absent or no such file, or does not say a number.

    """
    file = path / CONFIG if path.is_dir() else path
    if file.exists() and not file.is_file():
        message = f"{file}: is no file"
        raise LabError(message)
    try:
        numbers = _of_config(file, weights) if file.suffix == ".json" else _of_gguf(file)
    except OSError as error:
        message = f"{file}: cannot be read ({error.strerror})"
        raise LabError(message) from None
    except ValueError as error:
        message = f"{file}: {error}"
        raise LabError(message) from None
    try:
        return ModelShape.model_validate(numbers)
    except ValidationError as error:
        beyond = ", ".join(f"{each['loc'][0]} = {each['input']}" for each in error.errors())
        message = f"{file}: no model of today has such numbers: {beyond}"
        raise LabError(message) from None


def _of_config(file: Path, weights: float | None) -> dict[str, object]:
    config = _json(file)
    config = _table(config.get("text_config", config))  # of a model that sees, too
    heads = _number(config, "num_attention_heads")
    size = _rounded(weights if weights is not None else _beside(file))
    kv_heads = _number(config, "num_key_value_heads", heads)
    # As of version 5 a library writes null where the size follows from the others.
    head_dim = _number(config, "head_dim", _number(config, "hidden_size") // heads)
    if config.get("kv_lora_rank"):
        # Each token keeps one vector in place of keys and values: as much as one head of half its size.
        latent = _number(config, "kv_lora_rank") + _number(config, "qk_rope_head_dim")
        kv_heads, head_dim = 1, math.ceil(latent / 2)
    return {
        "weights": size,
        "layers": _number(config, "num_hidden_layers"),
        "kv_heads": kv_heads,
        "head_dim": head_dim,
        "context": _number(config, "max_position_embeddings"),
    }


def _json(file: Path) -> dict[str, Any]:
    try:
        return _table(json.loads(file.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        message = "is not UTF-8"
        raise ValueError(message) from None
    except json.JSONDecodeError as error:
        message = f"is no JSON: {error.msg} (line {error.lineno})"
        raise ValueError(message) from None


def _table(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        message = "is no table of facts about a model"
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not its reader
    return found


def _number(config: Mapping[str, Any], name: str, otherwise: int | None = None) -> int:
    found = config.get(name)
    return _counted(name, otherwise if found is None else found)


def _counted(name: str, found: object) -> int:
    """Check that a fact is a number that something can have so many of."""
    if found is None:
        message = f"does not say {name}"
        raise ValueError(message)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        message = f"says {name} = {found!r}, which is no whole number above zero"
        raise ValueError(message)
    return found


def _beside(config: Path) -> float:
    """Find the size of the weights: what their index says, or the files themselves."""
    index = config.with_name(INDEX)
    if index.exists():
        try:
            return _number(_table(_json(index).get("metadata", {})), "total_size") / GIB
        except ValueError as error:
            message = f"{INDEX}, which is beside it, {error}"
            raise ValueError(message) from None
    size = sum(file.stat().st_size for file in config.parent.glob("*.safetensors"))
    if size == 0:
        message = f"no weights and no {INDEX} are beside it; give --weights GIB"
        raise ValueError(message)
    return size / GIB


def _rounded(size: float) -> float:
    """Round up to a tenth: never less than it takes."""
    return math.ceil(round(size * 10, 6)) / 10


def _of_gguf(file: Path) -> dict[str, object]:
    with file.open("rb") as content:
        header = gguf_header.read(content)
    kind = header.facts.get("general.architecture")
    if not isinstance(kind, str):
        message = "does not say general.architecture"
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not its reader
    size = sum(header.sizes.values()) - (header.sizes.get(FIRST, 0) if LAST in header.sizes else 0)
    heads = _fact(header, f"{kind}.attention.head_count")
    otherwise = _fact(header, f"{kind}.embedding_length") // heads
    return {
        "weights": _rounded(size / GIB),
        "layers": _fact(header, f"{kind}.block_count"),
        "kv_heads": _fact(header, f"{kind}.attention.head_count_kv", heads),
        "head_dim": _fact(header, f"{kind}.attention.key_length", otherwise),
        "context": _fact(header, f"{kind}.context_length"),
    }


def _fact(header: gguf_header.Header, name: str, otherwise: int | None = None) -> int:
    found = header.facts.get(name, otherwise)
    if isinstance(found, tuple):  # one for each layer
        found = max((item for item in found if isinstance(item, int)), default=None)
    return _counted(name, found)
