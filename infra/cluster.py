"""`./lab cluster`: a whole Kubernetes node on this machine, to try manifests on."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import click

from ailab.spec import LabSpec
from ailab.spec.web import Published
from infra import process
from infra.console import result, say
from infra.errors import LabError
from infra.labs import DIST, LAB_OPTION, ROOT, one_lab
from testnode import cache
from testnode.build import build as build_all
from testnode.build import missing
from testnode.build import prune as prune_builds
from testnode.lab_node import DOOR_PORT
from testnode.node import Node
from testnode.patience import until
from testnode.session import READY

PEOPLES_NODE = 1
"""Tests use node 0: neither can end the other's."""

START_SECONDS = 900
STOP_SECONDS = 300


def _node() -> Node:
    return Node(PEOPLES_NODE, say)


@click.group()
def cluster() -> None:
    """Run a one-node Kubernetes cluster on this machine."""


@cluster.command()
def build() -> None:
    """Build the node and the labs' programs into the cache: up to 50 minutes the first time."""
    build_all(say)


@cluster.command()
def prune() -> None:
    """Delete builds that this checkout no longer uses."""
    prune_builds(say)


@cluster.command()
@LAB_OPTION
def up(lab_name: str | None) -> None:
    """Start the node; it runs until `down`.

    The real programs stand in for the images of the lab, and Ollama's registry serves tiny models that always say the
    same sentence.
    """
    spec = one_lab(lab_name)
    node = _node()
    if node.running() is not None:
        message = "the node is running already; ./lab cluster status shows it, ./lab cluster down ends it"
        raise LabError(message)
    if lacking := missing():
        say(f"{len(lacking)} programs are not built yet; this takes up to 50 minutes: {', '.join(lacking)}")
    build_all(say)
    log = cache.root() / "cluster.log"
    log.unlink(missing_ok=True)
    words = (sys.executable, "-m", "testnode.session", str(PEOPLES_NODE), DIST / spec.name)
    _follow(process.start(words, log=log, cwd=ROOT), log)
    for host in doors(spec):
        say(f"http://{host}:{DOOR_PORT} once your hosts file has: {node.layout.address} {host}")
    result(f"export KUBECONFIG={node.kubeconfig}")


def doors(spec: LabSpec) -> tuple[str, ...]:
    """Name the hosts of the chat and of the gateway, as far as the lab has them."""
    return tuple(spec.hosts(service)[0] for service in (Published.CHAT, Published.GATEWAY) if service in spec.published)


def _follow(child: process.Child, log: Path) -> None:
    """Repeat what the starting node says until it is ready."""
    deadline = time.monotonic() + START_SECONDS
    said = 0
    while True:
        ended = child.poll() is not None
        lines = log.read_text(encoding="utf-8").splitlines()
        for line in lines[said:]:
            say(line)
        said = len(lines)
        if READY in lines:
            return
        if ended or time.monotonic() > deadline:
            message = f"the node did not start; see {log}"
            raise LabError(message)
        time.sleep(0.2)


@cluster.command()
def down() -> None:
    """End the node; only its logs stay, in the cache."""
    node = _node()
    note = node.running()
    if note is not None:
        os.kill(note.owner, signal.SIGTERM)
        until(lambda: node.running() is None, STOP_SECONDS, "the node has ended")
    node.down()
    say("the node has ended" if note else "no node was running")


@cluster.command()
def status() -> None:
    """Say whether the node runs, and where its credentials and logs are."""
    node = _node()
    if node.running() is None:
        say("no node is running; ./lab cluster up starts one")
    else:
        say(f"a node is running; logs in {node.layout.logs}")
        result(f"export KUBECONFIG={node.kubeconfig}")
