"""The model's folder, as the download Job of the lab leaves it in Hugging Face's cache."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.errors import LabError
from testnode.programs.vllm_server.options import Options

WEIGHTS: Final = "model.safetensors"
_WORD: Final = re.compile(r"\s*\S+")


@dataclass(frozen=True)
class Model:
    """A model that is loaded.

    Attributes:
        thought: what it thinks, in tokens.
        answer: what it says then, in tokens.
        context: tokens of prompt and answer together.

    """

    thought: tuple[str, ...]
    answer: tuple[str, ...]
    context: int


def load(options: Options, cache: Path) -> Model:
    """Read the model from the cache, HF_HOME.

    Raises:
        LabError: the commit is not there, or the model cannot do `max_model_len`.

    """
    folder = cache / "hub" / f"models--{options.model.replace('/', '--')}" / "snapshots" / options.revision
    try:
        config = json.loads((folder / "config.json").read_text())
        words = _metadata((folder / WEIGHTS).read_bytes())
    except FileNotFoundError as error:
        message = f"{options.model} at {options.revision} is not in {cache}: {error.filename} is missing"
        raise LabError(message) from error
    limit = int(config["max_position_embeddings"])
    context = options.max_model_len or limit
    if context > limit:
        message = (
            f"User-specified max_model_len ({context}) is greater than the derived max_model_len "
            f"(max_position_embeddings={limit})"
        )
        raise LabError(message)
    return Model(tokens_of(words["thought"]), tokens_of(words["answer"]), context)


def tokens_of(text: str) -> tuple[str, ...]:
    """Cut a text into tokens: words, each with the space before it."""
    return tuple(_WORD.findall(text))


def _metadata(weights: bytes) -> dict[str, str]:
    """Read what the header of a safetensors file says beside its tensors."""
    end = 8 + int.from_bytes(weights[:8], "little")
    metadata: dict[str, str] = json.loads(weights[8:end])["__metadata__"]
    return metadata
