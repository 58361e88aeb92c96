"""A machine that runs a lab's NixOS, and its operator with a configuration and manifests to bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ailab.host_facts import HostFacts
from ailab.secrets import PROVIDER_KEYS
from ailab.spec import LabSpec
from infra.cloud.steps import Target
from infra.shipping.flake import Flake
from infra.shipping.host import NixosHost
from infra.shipping.keys import Identity
from tests.shipping.droplet import Droplet, droplet

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ai-lab\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: litellm\n  namespace: ai-lab\n"
JOB = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ollama-pull\n  namespace: ai-lab\n"
PROVIDER_KEY = "sk-ant-canary"
[ANTHROPIC] = PROVIDER_KEYS["anthropic"]


@dataclass(frozen=True)
class Scene:
    """The machine, what the operator has, and what was told."""

    droplet: Droplet
    host: NixosHost
    target: Target
    told: list[str]

    def manifests(self) -> bytes:
        """Read what k3s was given."""
        return (self.droplet.disk / "var/lib/rancher/k3s/server/manifests/lab-minimal.yaml").read_bytes()


@contextmanager
def nixos_machine(folder: Path, spec: LabSpec) -> Iterator[Scene]:
    """Start a machine that has what the operator has."""
    flake, dist, state = folder / "nixos", folder / "dist", folder / "state"
    to_bring(spec, flake, dist)
    identity = Identity(spec.name, state)
    with droplet(folder, lambda made: made.has_nixos(identity, Flake.read(flake, spec.name).version)) as machine:
        told: list[str] = []
        owners = {ANTHROPIC: PROVIDER_KEY}
        host = NixosHost(owners=owners, tell=told.append, configuration=flake, dist=dist, port=machine.port)
        target = Target(spec, "127.0.0.1", state, machine.operator)
        host.reach(target)
        yield Scene(machine, host, target, told)


@contextmanager
def machine_without_nixos(folder: Path, spec: LabSpec) -> Iterator[Scene]:
    """Start a machine that has booted as it was ordered and no further."""
    state = folder / "state"
    user_data = Identity(spec.name, state).user_data()
    with droplet(folder, lambda made: made.boots_with(user_data)) as machine:
        told: list[str] = []
        host = NixosHost(tell=told.append, port=machine.port)
        target = Target(spec, "127.0.0.1", state, machine.operator)
        host.reach(target)
        yield Scene(machine, host, target, told)


def to_bring(spec: LabSpec, flake: Path, dist: Path) -> None:
    """Write a configuration and manifests."""
    (flake / "labs").mkdir(parents=True)
    (flake / "flake.nix").write_text("{ }\n", encoding="utf-8")
    (flake / "labs" / "minimal.json").write_text(HostFacts.of(spec).json(), encoding="utf-8")
    (dist / "minimal").mkdir(parents=True)
    for name, text in (("00-namespace", NAMESPACE), ("litellm", DEPLOYMENT), ("ollama", JOB)):
        (dist / "minimal" / f"{name}.yaml").write_text(text, encoding="utf-8")
