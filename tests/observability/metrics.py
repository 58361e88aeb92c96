"""A running Prometheus that has scraped every program's metrics, before and after they changed."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ailab.configuration import yaml_text
from infra import process
from testnode.patience import until
from testnode.programs.prometheus import MODULE
from tests.observability.expositions import JOBS, programs

SECONDS = 60


@dataclass(frozen=True)
class Metrics:
    """Prometheus, to be asked."""

    address: str

    def ask(self, expression: str) -> Sequence[Any]:
        """Evaluate an expression now.

        Raises:
            httpx.HTTPStatusError: it is no expression.

        """
        answer = httpx.post(f"{self.address}/api/v1/query", data={"query": expression}, timeout=SECONDS)
        answer.raise_for_status()
        result: Sequence[Any] = answer.json()["data"]["result"]
        return result

    def scrapes(self) -> int:
        """Count the scrapes of the target that has the fewest."""
        found = self.ask("min(count_over_time(up[10m]))") if self.ask("count(up)") else []
        return int(found[0]["value"][1]) if found else 0


@contextmanager
def metrics(folder: Path) -> Iterator[Metrics]:
    """Run Prometheus over the kept metrics.

    Args:
        folder: for its files; empty.

    """
    with programs() as served:
        (folder / "prometheus.yml").write_text(_configuration(served.port), encoding="utf-8")
        port = free_port()
        child = process.start(
            [
                MODULE.recipe.folder / "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            log=folder / "log",
        )
        try:
            running = Metrics(f"http://127.0.0.1:{port}")
            until(lambda: _answers(running), SECONDS, "Prometheus is ready")
            until(lambda: running.scrapes() > 1, SECONDS, "every target was scraped")
            served.work()
            before = running.scrapes()
            until(lambda: running.scrapes() > before + 1, SECONDS, "every target was scraped again")
            yield running
        finally:
            child.terminate()
            child.wait(SECONDS)


def _configuration(port: int) -> str:
    jobs = [
        {"job_name": job, "metrics_path": f"/{job}", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        for job in JOBS
    ]
    return yaml_text({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs})


def _answers(running: Metrics) -> bool:
    try:
        return httpx.get(f"{running.address}/-/ready", timeout=SECONDS).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
