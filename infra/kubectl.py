"""Talking to a cluster: the operator's kubectl, with the operator's KUBECONFIG."""

from __future__ import annotations

import json
from typing import Any

from infra.process import Completed, run

TIMEOUT = 120  # seconds


def kubectl(*words: str, stdin: str | None = None, check: bool = True, timeout: float = TIMEOUT) -> Completed:
    """Run kubectl. What is secret goes by `stdin`: arguments can be read by others."""
    return run(["kubectl", *words], stdin=stdin, check=check, timeout=timeout)


def get(*words: str) -> dict[str, Any]:
    """Get an object, or a list of objects, parsed."""
    found: dict[str, Any] = json.loads(kubectl("get", *words, "--output=json").stdout)
    return found
