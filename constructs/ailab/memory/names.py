"""What a name says about a model: its architecture and its quantization."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ailab.memory.model import Model, in_file, on_server
from ailab.memory.models import ARCHITECTURES
from ailab.memory.quantization import FILE_QUANTIZATIONS, ServerQuantization

# The end of a repository's name says how it was quantized; without one its weights have 16 bits.
_SERVER_ENDS: Final[Mapping[str, ServerQuantization]] = {
    "-fp8": ServerQuantization.FP8,
    "-fp8-dynamic": ServerQuantization.FP8,
    "-fp8-block": ServerQuantization.FP8,
    "-awq": ServerQuantization.INT4,
    "-awq-int4": ServerQuantization.INT4,
    "-gptq-int4": ServerQuantization.INT4,
    "-quantized.w4a16": ServerQuantization.INT4,
    "-bf16": ServerQuantization.BF16,
}
# Models that their makers publish quantized, whatever their name says.
_ONLY: Final[Mapping[str, ServerQuantization]] = {
    "gpt-oss-20b": ServerQuantization.MXFP4,
    "gpt-oss-120b": ServerQuantization.MXFP4,
    "deepseek-r1": ServerQuantization.FP8,
}
# What a model was trained for; it has the architecture all the same.
_TRAINED_FOR: Final = re.compile(r"-(instruct|it|chat|base|pt)(-(2407|2501))?$")
_REPOSITORIES: Final[Mapping[str, str]] = {
    "mistral-7b-instruct-v0.3": "mistral-7b",
    "mistral-7b-v0.3": "mistral-7b",
    "mistral-nemo": "mistral-nemo-12b",
    "qwen3-4b-instruct-2507": "qwen3-4b-2507",
    "qwen3-4b-thinking-2507": "qwen3-4b-2507",
    "qwen3-30b-a3b-instruct-2507": "qwen3-30b-a3b-2507",
    "qwen3-30b-a3b-thinking-2507": "qwen3-30b-a3b-2507",
    **{f"qwen2.5-coder-{size}": f"qwen2.5-{size}" for size in ("0.5b", "1.5b", "3b", "7b", "14b", "32b")},
    "nomic-embed-text-v1.5": "nomic-embed-text",
    "deepseek-r1-0528": "deepseek-r1",
}
_Q4: Final = "q4_k_m"
# Ollama's library: what a tag begins with, the architecture, and the quantization of a tag that names none.
_TAGS: Final[Mapping[str, tuple[str, str]]] = {
    "llama3:8b": ("llama-3-8b", "q4_0"),
    "llama3.1:8b": ("llama-3.1-8b", _Q4),
    "llama3.1:70b": ("llama-3.1-70b", _Q4),
    "llama3.2:1b": ("llama-3.2-1b", "q8_0"),
    "llama3.2:3b": ("llama-3.2-3b", _Q4),
    "llama3.3:70b": ("llama-3.3-70b", _Q4),
    **{f"qwen2.5:{size}": (f"qwen2.5-{size}", _Q4) for size in ("0.5b", "1.5b", "3b", "7b", "14b", "32b")},
    **{f"qwen3:{size}": (f"qwen3-{size}", _Q4) for size in ("0.6b", "1.7b", "4b", "8b", "14b", "32b")},
    "qwen3:30b": ("qwen3-30b-a3b", _Q4),
    "deepseek-r1:1.5b": ("deepseek-r1-distill-qwen-1.5b", _Q4),
    "deepseek-r1:7b": ("deepseek-r1-distill-qwen-7b", _Q4),
    "deepseek-r1:8b": ("deepseek-r1-0528-qwen3-8b", _Q4),
    "deepseek-r1:8b-llama-distill": ("deepseek-r1-distill-llama-8b", _Q4),
    "deepseek-r1:14b": ("deepseek-r1-distill-qwen-14b", _Q4),
    "deepseek-r1:32b": ("deepseek-r1-distill-qwen-32b", _Q4),
    "deepseek-r1:70b": ("deepseek-r1-distill-llama-70b", _Q4),
    "mistral:7b": ("mistral-7b", _Q4),
    "mistral-nemo:12b": ("mistral-nemo-12b", "q4_0"),
    "mistral-small:24b": ("mistral-small-24b", _Q4),
    "gemma3:1b": ("gemma-3-1b", _Q4),
    "gemma3:4b": ("gemma-3-4b", _Q4),
    "gemma3:12b": ("gemma-3-12b", _Q4),
    "gemma3:27b": ("gemma-3-27b", _Q4),
    "gpt-oss:20b": ("gpt-oss-20b", "mxfp4"),
    "gpt-oss:120b": ("gpt-oss-120b", "mxfp4"),
    "nomic-embed-text:v1.5": ("nomic-embed-text", "f16"),
    "nomic-embed-text:137m-v1.5": ("nomic-embed-text", "f16"),
}
_PUBLISHED: Final = ("q8_0", "q4_K_M")  # what the library has of nearly every model beside fp16
# A quantization at the end of a tag; one that is not known makes the model unknown.
_TAG_END: Final = re.compile(r"-(i?q[0-9]_[a-z0-9_]+|iq[0-9]_[a-z0-9_]+|fp16|bf16|f16|mxfp4|qat)$")


def server_model(repository: str, *, gpus: int = 1) -> Model | None:
    """Find the model of a Hugging Face repository `owner/name`; None for one that no table has."""
    name, quantization = _read(repository)
    if name not in ARCHITECTURES:
        return None
    return on_server(ARCHITECTURES[name], _ONLY.get(name, quantization), gpus=gpus)


def architecture_name(repository: str) -> str | None:
    """Name the architecture of a Hugging Face repository, as `ARCHITECTURES` has it; None for an unknown one."""
    name, _ = _read(repository)
    return name if name in ARCHITECTURES else None


def _read(repository: str) -> tuple[str, ServerQuantization]:
    """Tell the model from the end of the name, which says how it was quantized."""
    name = repository.rpartition("/")[2].lower()
    for end, meaning in sorted(_SERVER_ENDS.items(), key=lambda item: -len(item[0])):
        if name.endswith(end):
            return _plain(name.removesuffix(end)), meaning
    return _plain(name), ServerQuantization.BF16


def _plain(name: str) -> str:
    if name in _REPOSITORIES:
        return _REPOSITORIES[name]
    plain = _TRAINED_FOR.sub("", name.removeprefix("meta-"))
    return _REPOSITORIES.get(plain, plain)


def file_model(tag: str) -> Model | None:
    """Find the model of a tag of Ollama's library, such as `llama3.1:8b-instruct-q4_K_M`; None for an unknown one."""
    name = tag.lower()
    beginnings = [known for known in _TAGS if name == known or name.startswith(f"{known}-")]
    if not beginnings:
        return None
    architecture, usual = _TAGS[max(beginnings, key=len)]
    end = _TAG_END.search(name)
    wanted = {"qat": "q4_0"}.get(end[1], end[1]) if end else usual
    quantization = FILE_QUANTIZATIONS.get(wanted)
    return in_file(ARCHITECTURES[architecture], quantization) if quantization else None


def smaller_tags(tag: str) -> tuple[str, ...]:
    """Name the tags of the same model with fewer bits, the largest first; none where the tag names no quantization."""
    end = _TAG_END.search(tag.lower())
    own = file_model(tag)
    if end is None or own is None:
        return ()
    sizes = {f"{tag[: end.start()]}-{other}": file_model(f"{tag[: end.start()]}-{other}") for other in _PUBLISHED}
    smaller = {name: model.weights for name, model in sizes.items() if model and model.weights < own.weights}
    return tuple(sorted(smaller, key=lambda name: -smaller[name]))
