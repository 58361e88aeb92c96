"""Talking to a cluster: the operator's kubectl, with the operator's KUBECONFIG."""

from __future__ import annotations

import json
import os
from typing import Any, Protocol

from infra.errors import LabError
from infra.process import Completed, run

TIMEOUT = 120  # seconds


def require_cluster() -> None:
    """Find out whether a cluster answers, before anything is done.

    Raises:
        LabError: none does; kubectl's own words are many and name neither cause nor repair.

    """
    asked = run(["kubectl", "get", "--raw", "/readyz", "--request-timeout=10s"], check=False, timeout=30)
    if asked.status != 0:
        named = os.environ.get("KUBECONFIG") or "not set"
        repair = 'name a cluster by eval "$(./lab kubeconfig)", or start one by eval "$(./lab cluster up)"'
        message = f"KUBECONFIG: {named}: no cluster answers; {repair}"
        raise LabError(message)


class Kubectl(Protocol):
    """A way to a cluster's API: the operator's own kubectl, or the one on the cluster's machine."""

    def __call__(
        self, *words: str, stdin: str | None = None, check: bool = True, timeout: float = TIMEOUT
    ) -> Completed:
        """Run kubectl. What is secret goes by `stdin`: arguments can be read by others."""
        ...


def kubectl(*words: str, stdin: str | None = None, check: bool = True, timeout: float = TIMEOUT) -> Completed:
    """Run kubectl. What is secret goes by `stdin`: arguments can be read by others."""
    return run(["kubectl", *words], stdin=stdin, check=check, timeout=timeout)


def get(*words: str, ask: Kubectl = kubectl) -> dict[str, Any]:
    """Get an object, or a list of objects, parsed."""
    found: dict[str, Any] = json.loads(ask("get", *words, "--output=json").stdout)
    return found
