"""A real API server takes every object of every example."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path

import pytest

from infra.manifests import Object, of_kind
from infra.process import Completed
from testnode.launch import Plan
from testnode.node import Node, running_node
from tests.examples.contents import FILES, make

pytestmark = [pytest.mark.node, pytest.mark.proves(1)]

NUMBER = 103


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    with running_node(Plan(server_only=True), NUMBER) as node:
        yield node


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def objects(
    request: pytest.FixtureRequest, server: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sequence[Object]]:
    """Make the objects of an example, with its namespaces on the server."""
    example: Path = request.param
    objects = make(example, tmp_path_factory.mktemp(example.stem))
    namespaces = _stream(of_kind(objects, "Namespace"))
    server.kubectl("apply", "-f", "-", stdin=namespaces)
    yield objects
    server.kubectl("delete", "--wait=false", "-f", "-", stdin=namespaces)


def _stream(objects: Iterable[Object]) -> str:
    """Write objects one after the other. In a List, kubectl would judge them itself in place of the server."""
    return "\n---\n".join(map(json.dumps, objects))


def _try(server: Node, objects: Sequence[Object]) -> Completed:
    """Ask the API server what it would say, with strict validation, and change nothing."""
    mode = ("--server-side", "--dry-run=server", "--validate=strict", "--field-manager=strict", "--force-conflicts")
    return server.kubectl("apply", *mode, "-f", "-", stdin=_stream(objects), check=False)


def test_the_api_server_accepts_an_example_without_a_warning(server: Node, objects: Sequence[Object]) -> None:
    done = _try(server, objects)
    accepted = done.stdout.count("serverside-applied (server dry run)\n")
    assert (done.status, done.stderr, accepted) == (0, "", len(objects))


def test_the_api_server_refuses_an_example_with_an_unknown_field(server: Node, objects: Sequence[Object]) -> None:
    changed = list(deepcopy(objects))
    next(of_kind(changed, "Deployment"))["spec"]["template"]["spec"]["containers"][0]["resourses"] = {}
    refusal = _try(server, changed)
    assert refusal.status == 1
    assert ".resourses: field not declared in schema" in refusal.stderr
