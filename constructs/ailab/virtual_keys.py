"""Virtual keys: what programs use instead of the gateway's master key, each for the models that it may ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from constructs import Construct

from ailab.images import LITELLM
from ailab.network import connect
from ailab.part import Task
from ailab.routes import ModelRoute, variables_of
from ailab.secrets import LITELLM_MASTER_KEY, SecretKey
from ailab.spec.models import Role
from ailab.workload import Container, Files, Mount, Resources, Workload

if TYPE_CHECKING:
    from ailab.gateway import LlmGateway

EVERY_FIVE_MINUTES: Final = "*/5 * * * *"
SCRIPTS: Final = "/etc/virtual-keys"


@dataclass(frozen=True, kw_only=True)
class VirtualKey:
    """A key for one program and one kind of model."""

    alias: str  # the gateway's name of the key, unique there
    value: SecretKey
    role: Role


class VirtualKeys(Task):
    """Registers virtual keys with the gateway: once when they are declared, and every five minutes again.

    Values are generated with the other secrets and only made known here, so a rotation changes no manifest. A paid
    model belongs to a key only while its provider's key is given: what cannot answer is not offered.
    """

    def __init__(self, scope: Construct, id_: str, *, gateway: LlmGateway, routes: Sequence[ModelRoute]) -> None:
        self._gateway, self._routes = gateway, routes
        self._keys: list[VirtualKey] = []
        super().__init__(scope, id_, self._workload(id_), schedule=EVERY_FIVE_MINUTES)
        connect(self.endpoint, gateway.endpoint, gateway.listens, "registers virtual keys")

    def adds(self, *keys: VirtualKey) -> None:
        """Register keys too."""
        self._keys += keys
        self.refresh()

    def refresh(self) -> None:
        """Take over the gateway's routes as they are now."""
        self.workload = self._workload(self.workload.name)

    def _workload(self, name: str) -> Workload:
        script = resources.files("ailab").joinpath("scripts/register_keys.py").read_text(encoding="utf-8")
        keys = [
            {"alias": key.alias, "variable": _variable(key), "models": self._models(key.role)} for key in self._keys
        ]
        declared = json.dumps({"gateway": self._gateway.url, "keys": keys}, indent=2) + "\n"
        container = Container(
            name="register",
            image=LITELLM,
            command=("python3", f"{SCRIPTS}/register_keys.py", f"{SCRIPTS}/keys.json"),
            env={
                "MASTER_KEY": LITELLM_MASTER_KEY,
                **{_variable(key): key.value for key in self._keys},
                # Only whether they are there counts; their values are not sent anywhere.
                **variables_of(self._routes),
            },
            mounts=(
                Mount(
                    volume=Files(name=name, content={"register_keys.py": script, "keys.json": declared}), path=SCRIPTS
                ),
            ),
            resources=Resources(cpu="50m", memory="64Mi", memory_limit="256Mi"),
        )
        return Workload(name=name, main=container)

    def _models(self, role: Role) -> list[dict[str, object]]:
        return [
            {"name": route.alias, "needs": [key.key for key in route.keys]}
            for route in self._routes
            if route.role is role
        ]


def _variable(key: VirtualKey) -> str:
    return f"KEY_{key.alias}".upper().replace("-", "_")
