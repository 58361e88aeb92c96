"""A node that can run a lab as its manifests are: images stood in for, models to fetch, the tailnet's door open."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from infra import manifests, process
from infra.errors import LabError
from infra.labs import ROOT
from testnode.cache import Progress
from testnode.internet.exchange import Site
from testnode.internet.model_registry import ModelRegistry
from testnode.internet.server import Internet, internet
from testnode.launch import Plan
from testnode.layout import Layout
from testnode.node import Node, quiet, running_node
from testnode.programs.device_plugin import device_plugin
from testnode.programs.table import NOT_RUN, stand_ins
from testnode.standin import StandIn

DOOR_PORT = 18080
# The ingress controller runs where tailscaled does; here that is the only node there is.
DOOR_LABEL = "ailab/tailnet-door=true"
NO_SITES: Mapping[str, Site] = MappingProxyType({})


@dataclass(frozen=True)
class LabNode:
    """The running node and its surroundings.

    Attributes:
        node: the node.
        outside: the part of the internet that its pods can reach.
        door: URL of the lab's ingress on this machine, for requests that name a host of the lab.

    """

    node: Node
    outside: Internet
    door: str


@contextmanager
def lab_node(
    objects: Sequence[manifests.Object],
    models: Mapping[str, bytes],
    *,
    sites: Mapping[str, Site] = NO_SITES,
    addresses: Mapping[str, str] | None = None,
    number: int = 0,
    progress: Progress = quiet,
    volume: Path | None = None,
) -> Iterator[LabNode]:
    """Run a node for the length of a `with` block.

    Pods of the images in `testnode.programs.table.NOT_RUN` wait for their image; `progress` is told which.

    Args:
        objects: the lab's manifests; nothing is applied, they say which images and which address are needed.
        models: Ollama's name of a model -> content of its GGUF file, for `ollama pull`.
        sites: further public hosts -> who answers for them.
        addresses: further names that pods can look up -> addresses this machine gets on the node's link.
        number: of the node; nodes of different numbers run beside each other.
        progress: is told what happens.
        volume: folder with the cluster, which stays when the node ends; None for one that ends with it.

    Raises:
        LabError: an image has no stand-in, or the node did not start.

    """
    with internet({**ModelRegistry(models).sites, **sites}, Layout.of(number).public_address) as outside:
        images = {name: outside.trusted_by(found) for name, found in _stand_ins(objects, progress).items()}
        plan = Plan(images=images, hosts={**outside.hosts, **(addresses or {})}, gpus=own_gpus(images))
        with running_node(plan, number, progress, volume) as node:
            node.kubectl("label", "node", "--all", DOOR_LABEL)
            listen = f"{node.layout.address}:{DOOR_PORT}"
            words = (sys.executable, "-m", "testnode.door", listen, f"{_ingress_address(objects)}:80")
            door = process.start(node.entering(*words), log=node.layout.logs / "door.log", cwd=ROOT)
            try:
                yield LabNode(node, outside, f"http://{listen}")
            finally:
                door.kill()
                door.wait()


def _stand_ins(objects: Sequence[manifests.Object], progress: Progress) -> dict[str, StandIn]:
    """Find what runs in the place of each image that the manifests name."""
    table = stand_ins()
    found: dict[str, StandIn] = {}
    for reference in sorted(manifests.images(objects)):
        repository = manifests.repository(reference)
        if repository in table:
            found[reference] = table[repository]
        elif repository in NOT_RUN:
            progress(f"{reference} does not run: {NOT_RUN[repository]}")
        else:
            message = f"{reference}: nothing stands in for this image; add a program to testnode/programs/table.py"
            raise LabError(message)
    return found


def own_gpus(images: Iterable[str]) -> int:
    """Tell how many GPUs the node advertises: none beside a device plugin of the lab, whose word would be lost."""
    plugin = device_plugin().stand_in.repository
    return 0 if plugin in map(manifests.repository, images) else Plan.gpus


def _ingress_address(objects: Sequence[manifests.Object]) -> str:
    """Find the fixed address that the host forwards to."""
    fixed = [
        str(item["spec"]["clusterIP"]) for item in manifests.of_kind(objects, "Service") if "clusterIP" in item["spec"]
    ]
    if len(fixed) != 1:
        message = f"{len(fixed)} Services have a fixed address; a test node can open the door of one lab"
        raise LabError(message)
    return fixed[0]
