"""A node of the test node's own tests, beside that of the lab's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testnode.launch import Plan
from testnode.node import Node, running_node
from testnode.standin import StandIn
from tests.testnode.pods import NAMESPACE, apply

NUMBER = 100
LISTENER = "203.0.113.10"  # in TEST-NET-3, which no real machine has: RFC 5737
DIGEST = "sha256:" + "5eed" * 16
BY_DIGEST = f"registry.example/by-digest@{DIGEST}"
BY_TAG = "registry.example/by-tag:1.0"
BY_BOTH = f"registry.example/by-both:1.0@{DIGEST}"
PYTHON = Path(sys.base_prefix).resolve()


def stand_in(repository: str) -> StandIn:
    """Return a stand-in that runs this Python, which lies outside the machine's own folders."""
    script = f'#!/bin/sh\nexec {PYTHON}/bin/python3 -c "$@"\n'
    return StandIn(
        repository,
        "Python",
        entrypoint=("/app/entry.sh",),
        cmd=("import http.server, time; print('started', flush=True); time.sleep(1e6)",),
        files={"/app/entry.sh": script},
        user="65534:65534",
        binds=(PYTHON,),
        reasons=("a test",),
    )


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    plan = Plan(
        images={reference: stand_in(reference) for reference in (BY_DIGEST, BY_TAG, BY_BOTH)},
        hosts={"registry.example": LISTENER},
    )
    with running_node(plan, NUMBER) as node:
        labels = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}
        apply(node, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}})
        yield node
