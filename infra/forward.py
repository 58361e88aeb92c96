"""A way from the operator's machine to a Service, through the API server: no host name and no open port needed."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from infra import process
from infra.errors import LabError

OPEN_SECONDS: Final = 30
ANSWER_SECONDS: Final = 30
POLL_SECONDS: Final = 0.1
OPENED: Final = re.compile(r"Forwarding from 127\.0\.0\.1:([0-9]+) ")


@contextmanager
def forwarded(namespace: str, service: str, port: int, *, seconds: float = ANSWER_SECONDS) -> Iterator[httpx.Client]:
    """Give a client of a pod of the Service, for the length of a `with` block; it waits `seconds` for an answer.

    Raises:
        LabError: none of its pods is ready, or kubectl does not open the way.

    """
    # Nothing of the environment: by HTTP_PROXY passwords and keys would go to a proxy, in clear.
    with _way(namespace, service, port) as url, httpx.Client(base_url=url, timeout=seconds, trust_env=False) as client:
        yield client


@contextmanager
def _way(namespace: str, service: str, port: int) -> Iterator[str]:
    """Give the URL on this machine that leads to the Service."""
    words = ("kubectl", "port-forward", f"--namespace={namespace}", f"service/{service}", f":{port}")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        child = process.start((*words, "--address=127.0.0.1"), log=log)
        try:
            yield f"http://127.0.0.1:{_opened(child, log, service)}"
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
            child.wait()


def _opened(child: process.Child, log: Path, service: str) -> int:
    deadline = time.monotonic() + OPEN_SECONDS
    while True:
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := OPENED.search(said):
            return int(found[1])
        if child.poll() is not None or time.monotonic() > deadline:
            message = f"{service}: no way through the API server: {said.strip().rpartition(chr(10))[2] or 'no answer'}"
            raise LabError(message)
        time.sleep(POLL_SECONDS)
