"""A repository of a model that thinks and then says known words; its weights are those words.

vLLM's stand-in computes nothing. It reads, from the place of the weights, what it is to say: so that an answer proves
that the files which the download fetched are those that the server has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

WEIGHTS = "model.safetensors"
CONTEXT = 131072


def thinking_model(thought: str, answer: str) -> Mapping[str, bytes]:
    """Return the files of a model that thinks `thought` and answers `answer`, whatever it is asked."""
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "max_position_embeddings": CONTEXT,
        "torch_dtype": "bfloat16",
    }
    return {
        "config.json": json.dumps(config).encode(),
        "generation_config.json": json.dumps({"temperature": 0.6, "top_p": 0.95}).encode(),
        WEIGHTS: _safetensors({"thought": thought, "answer": answer}),
    }


def _safetensors(words: Mapping[str, str]) -> bytes:
    """Write a file without tensors: https://huggingface.co/docs/safetensors/index#format."""
    header = json.dumps({"__metadata__": dict(words)}).encode()
    return len(header).to_bytes(8, "little") + header
