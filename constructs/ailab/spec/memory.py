"""The memory plan of a lab file: its engines as the plan takes them, and what keeps them from being planned."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ailab import memory
from ailab.memory import MemoryPlan, Model, OllamaEngine, VllmEngine
from ailab.spec.faults import Fault, fault
from ailab.spec.models import ModelShape, OllamaModel, OllamaSpec, Role, VllmSpec
from ailab.spec.values import gib

if TYPE_CHECKING:
    from ailab.spec.lab import LabSpec


def served_by_vllm(server: VllmSpec) -> Model | None:
    """Find the model of a server; None for one that is neither known nor described."""
    return _shaped(server.shape, server.gpus) or memory.server_model(server.model, gpus=server.gpus)


def served_by_ollama(model: OllamaModel) -> Model | None:
    """Find a model of Ollama; None for one that is neither known nor described."""
    return _shaped(model.shape) or memory.file_model(model.tag)


def _shaped(shape: ModelShape | None, gpus: int = 1) -> Model | None:
    if shape is None:
        return None
    return memory.described(
        weights=shape.weights / gpus,
        layers=shape.layers,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        context=shape.context,
    )


def planned(spec: LabSpec) -> MemoryPlan:
    """Plan the memory of a lab whose models are all known or described."""
    ollama = [ollama_of(spec.ollama)] if spec.ollama and spec.ollama.gpu else []
    return memory.plan(spec.gpu.as_card(), [*_servers(spec), *ollama])


def _servers(spec: LabSpec) -> Iterator[VllmEngine]:
    for server in spec.vllm:
        if model := served_by_vllm(server):
            yield VllmEngine(
                name=server.alias,
                model=model,
                context=server.context_length,
                parallel=server.parallel,
                cache=server.kv_cache,
                gpus=server.gpus,
                share=server.gpu_memory_share,
            )


def ollama_of(spec: OllamaSpec) -> OllamaEngine:
    """Make the engine of those models that are known or described."""
    found = [(each.alias, served_by_ollama(each)) for each in spec.models]
    return OllamaEngine(
        name="ollama",
        models=tuple(memory.OllamaModel(alias=alias, model=model) for alias, model in found if model),
        context=spec.context_length,
        parallel=spec.parallel,
        cache=spec.kv_cache,
        loaded=spec.loaded_models,
        pod=gib(spec.memory),
    )


def unplannable(spec: LabSpec) -> Iterator[Fault]:
    """Find what keeps the plan from being made, each under its field."""
    if spec.gpu.memory is not None and "card" in spec.gpu.model_fields_set:
        yield "gpu.memory", fault(spec.gpu.memory, "is beside gpu.card", "give one of them")
    for number, server in enumerate(spec.vllm):
        yield from ((f"vllm[{number}].{key}", error) for key, error in _faults_of_server(spec, server))
    yield from _faults_of_ollama(spec)


_DESCRIBE = "describe it by its five numbers, which ./lab model add prints"


def _faults_of_server(spec: LabSpec, server: VllmSpec) -> Iterator[Fault]:
    model = served_by_vllm(server)
    if model is None:
        yield "model", fault(server.model, "is no model that the lab knows", _DESCRIBE)
        return
    if model.embeds:
        yield "model", fault(server.model, "cannot chat: it turns texts into vectors", "give a chat model")
    if server.context_length > model.context:
        problem = f"is beyond the {model.context} tokens of {server.model}"
        yield "context_length", fault(server.context_length, problem, f"give at most {model.context}")
    if model.heads % server.gpus:
        problem = f"GPUs cannot share the {model.heads} heads of {server.model} equally"
        yield "gpus", fault(server.gpus, problem, "give a number that divides them")
    if server.gpus > spec.gpu.count:
        yield "gpus", fault(server.gpus, f"is more than the machine has ({spec.gpu.count})", "see gpu.count")
    if server.gpus > 1 and spec.gpu_shares > 1:
        repair = "give it a lab of its own, or gpus = 1"
        yield "gpus", fault(server.gpus, "GPUs for one server cannot be shared with others", repair)


def _faults_of_ollama(spec: LabSpec) -> Iterator[Fault]:
    ollama = spec.ollama
    if ollama is None:
        return
    longest = 0
    for number, each in enumerate(ollama.models):
        place, model = f"ollama.models[{number}]", served_by_ollama(each)
        if model is None:
            longest = ollama.context_length
            if ollama.gpu:
                yield f"{place}.tag", fault(each.tag, "is no model that the lab knows", _DESCRIBE)
        elif each.role is Role.CHAT and model.embeds:
            yield f"{place}.role", fault(each.role, f"is not what {each.tag} can", 'write role = "embedding"')
        elif each.role is Role.CHAT:
            longest = max(longest, model.context)
    if 0 < longest < ollama.context_length:
        problem = f"is beyond the {longest} tokens of its models"
        yield "ollama.context_length", fault(ollama.context_length, problem, f"give at most {longest}")


def loaded_without_gpu(spec: OllamaSpec) -> int | None:
    """Tell how many models the pod holds at once; None where one is not known, which only the processor may run."""
    if any(served_by_ollama(each) is None for each in spec.models):
        return spec.loaded_models
    engine = ollama_of(spec)
    return memory.loaded_on_host(engine, engine.pod, gpu=False)


def pods_too_small(spec: LabSpec) -> Iterator[Fault]:
    """Find the pod that holds less than its models need beside the card, or without one."""
    ollama, plan = spec.ollama, planned(spec)
    if ollama is None:
        return
    engine = ollama_of(ollama)
    loaded = plan.ollama.loaded if plan.ollama else min(ollama.loaded_models or 1, len(engine.models))
    needed = memory.host_memory(engine, loaded, gpu=ollama.gpu)
    if needed > engine.pod:
        whole = math.ceil(needed)
        problem = f"is too small: {loaded} of its models need {needed:.1f} GiB of the pod's memory"
        yield "ollama.memory", fault(ollama.memory, problem, f'give at least "{whole}Gi"')
