"""Local models: what Ollama and vLLM serve on the lab's own GPU."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ailab.memory.cache import FileCache, ServerCache
from ailab.spec.faults import fault
from ailab.spec.served import parser
from ailab.spec.values import Alias, Label, Section, Size, at_least

# <name>:<tag>; without a tag Ollama takes `latest`, which is another model tomorrow.
_OLLAMA_TAG: Final = re.compile(r"[a-z0-9._/-]+:[A-Za-z0-9._-]+")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_REVISION: Final = re.compile(r"[0-9a-f]{40}")

VLLM_MEMORY: Final = "4Gi"  # that a vLLM server asks for
VLLM_COMPILED: Final = "4Gi"  # volume for what it compiles: a hundred times what was seen (docs/decisions/0039)


def _argument(value: str) -> str:
    if value.startswith("-"):
        raise fault(value, "begins with '-', so that programs take it for an option", "give the model's own name")
    return value


def _ollama_tag(value: str) -> str:
    if not _OLLAMA_TAG.fullmatch(value) or value.endswith(":latest"):
        raise fault(value, "names no fixed model", 'give name and tag, for example "llama3.1:8b-instruct-q4_K_M"')
    return value


def _repository(value: str) -> str:
    if not _REPOSITORY.fullmatch(value):
        raise fault(
            value, "is no model repository", 'give owner/name, for example "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"'
        )
    return value


def _revision(value: str) -> str:
    if not _REVISION.fullmatch(value):
        raise fault(value, "is no commit", "give the 40 hexadecimal digits of the model repository's commit")
    return value


class Role(StrEnum):
    """What a model is asked for."""

    CHAT = "chat"
    EMBEDDING = "embedding"


class ModelShape(Section):
    """A model that the lab does not know, in five numbers; `./lab model add` reads them out of its files."""

    weights: float = Field(strict=True, gt=0, le=2000, description="size of its weights in GiB", examples=[15.3])
    layers: int = Field(strict=True, ge=1, le=1000, description="layers (num_hidden_layers)", examples=[36])
    kv_heads: int = Field(
        strict=True, ge=1, le=1024, description="heads of keys and values (num_key_value_heads)", examples=[8]
    )
    head_dim: int = Field(strict=True, ge=1, le=4096, description="values of a head (head_dim)", examples=[128])
    context: int = Field(
        strict=True,
        ge=1,
        le=10_485_760,
        description="longest text in tokens (max_position_embeddings)",
        examples=[40960],
    )


class OllamaModel(Section):
    """One model of Ollama's library."""

    alias: Alias = Field(description="the name that chat and programs use", examples=["llama3.1"])
    tag: Annotated[str, AfterValidator(_argument), AfterValidator(_ollama_tag)] = Field(
        description="Ollama's name of the model, with its tag", examples=["llama3.1:8b-instruct-q4_K_M"]
    )
    role: Role = Field(Role.CHAT, description="chat or embedding", examples=["chat"])
    shape: ModelShape | None = Field(None, description="for a model that the lab does not know")


class OllamaSpec(Section):
    """Ollama: several models that take turns on the GPU."""

    models: tuple[OllamaModel, ...] = Field(
        min_length=1,
        description="the models to download and serve",
        examples=[[{"alias": "llama3.1", "tag": "llama3.1:8b-instruct-q4_K_M"}]],
    )
    gpu: bool = Field(default=True, strict=True, description="ask for the GPU; false runs on the CPU", examples=[True])
    context_length: int = Field(
        8192,
        strict=True,
        ge=512,
        le=1_048_576,
        # Left alone, Ollama chooses by the card's size: up to 262,144 tokens, 16 GiB of cache for an 8B model.
        description="tokens of context for each model",
        examples=[8192],
    )
    parallel: int = Field(
        1, strict=True, ge=1, le=64, description="requests that each model answers at once", examples=[2]
    )
    loaded_models: Annotated[int, Field(strict=True, ge=1, le=64)] | None = Field(
        None,
        title="whole number, at least 1, at most 64",
        description="models on the GPU at once; as many as fit when absent",
        examples=[2],
    )
    kv_cache: FileCache = Field(
        FileCache.F16, description="how the cache keeps a value: f16, q8_0 (half the memory) or q4_0", examples=["q8_0"]
    )
    memory: Size = Field("8Gi", description="memory limit of the pod (host memory, not the GPU's)", examples=["8Gi"])
    volume: Size = Field("60Gi", description="space for the models", examples=["60Gi"])


class VllmSpec(Section):
    """One vLLM server: one model, many requests at once."""

    alias: Label = Field(
        description="the model's name for chat and programs, and the Service's", examples=["deepseek-r1-vllm"]
    )
    model: Annotated[str, AfterValidator(_argument), AfterValidator(_repository)] = Field(
        description="model repository", examples=["deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"]
    )
    revision: Annotated[str, AfterValidator(_revision)] = Field(
        description="commit of the model repository: vLLM has run code of a repository that it should not have trusted "
        "(CVE-2026-27893), so what is served is fixed",
        examples=["6e8885a6ff5c1dc5201574c8fd700323f23c25fa"],
    )
    reasoning_parser: Annotated[str, AfterValidator(parser), Field(title="name of a parser")] | None = Field(
        None,
        description="vLLM's parser that tells what the model thinks from what it answers; without it both are the "
        "answer. One for another kind of model is refused where the lab knows the model",
        examples=["deepseek_r1"],
    )
    context_length: int = Field(
        32768, strict=True, ge=512, le=1_048_576, description="tokens of context", examples=[32768]
    )
    parallel: int = Field(
        32, strict=True, ge=1, le=1024, description="requests that are answered at once; more wait", examples=[32]
    )
    kv_cache: ServerCache = Field(
        ServerCache.AUTO,
        description="how the cache keeps a value: auto (as the model does) or fp8 (half of it)",
        examples=["fp8"],
    )
    gpus: int = Field(1, strict=True, ge=1, le=8, description="GPUs that hold a part of the model each", examples=[1])
    gpu_memory_share: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = Field(
        None,
        title="number, more than 0, less than 1",
        description="share of the GPU's memory that vLLM takes at start; what the others leave when absent",
        examples=[0.65],
    )
    shape: ModelShape | None = Field(None, description="for a model that the lab does not know")
    memory: Annotated[Size, AfterValidator(at_least(VLLM_MEMORY, "vLLM asks for more at start"))] = Field(
        "16Gi", description="memory limit of the pod (host memory, not the GPU's)", examples=["16Gi"]
    )
    volume: Size = Field(
        "40Gi",
        description="space for the model, and beside it for the next one while that is fetched",
        examples=["40Gi"],
    )
