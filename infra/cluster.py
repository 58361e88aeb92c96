"""`lab cluster`: a whole Kubernetes node on this machine, to try manifests on."""

from __future__ import annotations

import click

from infra.console import result, say
from testnode import binaries
from testnode.node import Node

PEOPLES_NODE = 1
"""Tests use node 0: neither can end the other's."""


def _node() -> Node:
    return Node(PEOPLES_NODE, say)


@click.group()
def cluster() -> None:
    """Run a one-node Kubernetes cluster on this machine."""


@cluster.command()
def build() -> None:
    """Build the node's programs into the cache: ten minutes the first time."""
    binaries.build(say)


@cluster.command()
def up() -> None:
    """Start the node; it runs until `down`."""
    node = _node()
    node.up(owned=False)
    result(f"export KUBECONFIG={node.kubeconfig}")


@cluster.command()
def down() -> None:
    """End the node; nothing of it stays on this machine."""
    _node().down()
    say("no node is running")


@cluster.command()
def status() -> None:
    """Say whether the node runs, and where its credentials and logs are."""
    node = _node()
    if node.running() is None:
        say("no node is running; `./lab cluster up` starts one")
    else:
        say(f"a node is running; logs in {node.layout.logs}")
        result(f"export KUBECONFIG={node.kubeconfig}")
