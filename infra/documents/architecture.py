"""What the lab consists of, by name: its boxes and the arrows between them."""

from __future__ import annotations

from typing import Final

from ailab.spec.providers import ProvidersSpec
from infra import edges, manifests

TO_PROVIDERS: Final = tuple(f"litellm -> {provider}" for provider in ProvidersSpec.model_fields)
# What no manifest describes.
OUTER_BOXES: Final = ("droplet", "nixos", "firewall", "tailscale", "k3s", "gpu")
OUTER_ARROWS: Final = (
    "internet -> droplet:22",
    "tailnet -> droplet:6443",
    "you -> tailscale -> ingress",
    *TO_PROVIDERS,
    "your programs -> neo4j",
    "ollama -> gpu",
    "deepseek-r1-vllm -> gpu",
)
_WORKLOADS: Final = ("Deployment", "DaemonSet", "CronJob", "Job")


def boxes() -> list[str]:
    """Name what runs, or is run on, in the default lab."""
    workloads = manifests.of_kind(edges.objects_of_first_lab(), *_WORKLOADS)
    return [*OUTER_BOXES, *dict.fromkeys(map(manifests.lasting_name, workloads))]


def arrows() -> list[str]:
    """Name who talks to whom in the default lab, and what leads into it and out of it."""
    return [*OUTER_ARROWS, *(edge.name for edge in edges.drawn(edges.objects_of_first_lab()))]
