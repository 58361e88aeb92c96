"""Inference on the lab's own GPU: the construct, and what an engine must say to become one."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from ailab.network import HTTPS, INTERNET, connect
from ailab.part import Part, Task
from ailab.routes import ModelRoute
from ailab.workload import Workload


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A model server: what serves, what fetches its models, and the routes that lead to it."""

    server: Workload
    download: Workload
    routes: tuple[ModelRoute, ...]
    has_metrics: bool  # at /metrics of the server's port


class GpuInferenceService(Part):
    """A model server that has the models but no way out, beside a Job that has a way out but serves nobody.

    Neither engine has a password of its own (Ollama has none at all) and vLLM runs code that comes with models, so the
    server can be reached by those that an edge names and can reach nothing. The Job fetches the models onto the volume
    that both mount.
    """

    def __init__(self, scope: Construct, id_: str, engine: Engine) -> None:
        super().__init__(scope, id_, engine.server)
        self.routes = engine.routes
        self.has_metrics = engine.has_metrics
        download = Task(self, "download", engine.download)
        connect(download.endpoint, INTERNET, HTTPS, "fetches models")
