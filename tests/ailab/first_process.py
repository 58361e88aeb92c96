"""A program as the first process of its namespace, as it is in a container: it hears no signal without a handler."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from infra import process
from testnode.patience import until

SECONDS = 60
only_by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a process the first of a namespace")


def told_to_end(
    words: Sequence[str | Path], log: Path, at_work: Callable[[], bool], env: Mapping[str, str] | None = None
) -> int:
    """Run a program, tell it to end as the kubelet does once it is at work, and return the status that it ends with.

    Raises:
        TimeoutExpired: it has not ended after a minute.

    """
    child = process.start(("unshare", "--pid", "--fork", "--kill-child=SIGKILL", *words), log=log, env=env)
    try:
        until(at_work, SECONDS, f"the program is at work ({log})")
        first = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text(encoding="utf-8")
        os.kill(int(first), signal.SIGTERM)
        return child.wait(SECONDS)
    finally:
        child.kill()
        child.wait()
