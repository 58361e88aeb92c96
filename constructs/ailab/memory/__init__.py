"""How the memory of one card is shared by the engines on it: arithmetic alone, which knows no lab file."""

from ailab.memory.card import CARDS, Card, CardName
from ailab.memory.engines import OllamaEngine, OllamaModel, Parts, VllmEngine
from ailab.memory.host import host_memory, loaded_on_host
from ailab.memory.model import Model, described
from ailab.memory.names import architecture_name, file_model, server_model
from ailab.memory.plan import MemoryPlan, OllamaShare, VllmShare, plan

__all__ = [
    "CARDS",
    "Card",
    "CardName",
    "MemoryPlan",
    "Model",
    "OllamaEngine",
    "OllamaModel",
    "OllamaShare",
    "Parts",
    "VllmEngine",
    "VllmShare",
    "architecture_name",
    "described",
    "file_model",
    "host_memory",
    "loaded_on_host",
    "plan",
    "server_model",
]
