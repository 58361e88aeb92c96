"""What the lab consists of, by name: its boxes and the arrows between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ailab.spec.providers import ProvidersSpec
from infra import edges, manifests
from infra.labs import DIST, all_labs
from infra.manifests import Object

DROPLET: Final = "droplet"
FIREWALL: Final = "firewall"
GPU: Final = "gpu"
K3S: Final = "k3s"
NIXOS: Final = "nixos"
TAILSCALE: Final = "tailscale"
# What no manifest describes.
OUTER_BOXES: Final = (DROPLET, NIXOS, FIREWALL, TAILSCALE, K3S, GPU)
OUTER_ARROWS: Final = (
    "internet -> droplet:22",
    "tailnet -> droplet:6443",
    "you -> tailscale -> ingress",
    *(f"litellm -> {provider}" for provider in ProvidersSpec.model_fields),
    "your programs -> neo4j",
    "ollama -> gpu",
    "deepseek-r1-vllm -> gpu",
)
_WORKLOADS: Final = ("Deployment", "DaemonSet", "CronJob", "Job")
# A Job's name ends with a digest of what it does, so that another task is another Job.
_DIGEST: Final = re.compile(r"-[0-9a-f]{8}$")


def boxes() -> list[str]:
    """Name what runs, or is run on, in the default lab."""
    return [*OUTER_BOXES, *dict.fromkeys(_workloads(_default_lab()))]


def arrows() -> list[str]:
    """Name who talks to whom in the default lab, and what leads into it and out of it."""
    return [*OUTER_ARROWS, *(edge.name for edge in edges.drawn(_default_lab()))]


def _default_lab() -> list[Object]:
    return manifests.read(DIST / all_labs()[0].name)


def _workloads(objects: list[Object]) -> Iterator[str]:
    for item in manifests.of_kind(objects, *_WORKLOADS):
        yield _DIGEST.sub("", item["metadata"]["name"])
