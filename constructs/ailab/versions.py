"""Versions of what runs on the host beneath the lab, and the oldest ones that it works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KUBERNETES: Final = "1.36"
"""The minor of Kubernetes: that of k3s on the host, of the node in the tests, and of Pod Security's rules."""


@dataclass(frozen=True)
class Floor:
    """The oldest version of a program of the host that the lab works with."""

    program: str
    version: str
    why: str


NVIDIA_DRIVER: Final = Floor("nvidia_driver", "580", "the images of vLLM and Ollama bring CUDA 13, which asks for R580")
CONTAINER_TOOLKIT: Final = Floor(
    "nvidia_container_toolkit", "1.17.8", "CVE-2025-23266 (a container becomes root of the host) is fixed in 1.17.8"
)
TAILSCALE: Final = Floor("tailscale", "1.92", "older ones forward only to the machine itself (tailscale serve)")
FLOORS: Final = (TAILSCALE,)
GPU_FLOORS: Final = (NVIDIA_DRIVER, CONTAINER_TOOLKIT)
