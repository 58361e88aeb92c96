"""A cluster of one folder that `./lab secrets` is run on."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.cli import lab


@dataclass(frozen=True)
class Cluster:
    """The folder that the stand-in keeps, and what a command has said."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[str, str]:
        """Run `./lab secrets`; returns what it wrote to stdout and stderr."""
        self.capture.readouterr()
        lab.main(["secrets", *words], standalone_mode=False)
        out, err = self.capture.readouterr()
        return out, err

    def values(self) -> dict[str, str]:
        """Give the values in the cluster, by `secret/key`."""
        items = json.loads((self.folder / "secrets.json").read_text(encoding="utf-8"))
        return {
            f"{item['metadata']['name']}/{key}": base64.b64decode(value).decode()
            for item in items
            for key, value in item["data"].items()
        }

    def calls(self) -> list[list[str]]:
        """Give the arguments of every call of kubectl since the last time, and forget them."""
        file = self.folder / "calls"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def has(self, **kinds: str) -> None:
        """Say which Deployments and CronJobs the cluster has, by their kind."""
        items = [{"kind": kind, "metadata": {"name": name.replace("_", "-")}} for name, kind in kinds.items()]
        (self.folder / "deployments,cronjobs.json").write_text(json.dumps(items), encoding="utf-8")

    def refuses(self, verb: str) -> None:
        """Let one verb fail from now on."""
        (self.folder / "refuses").write_text(verb, encoding="utf-8")

    def shouts(self, words: str) -> None:
        """Let a command that begins so fail from now on, with all values on both outputs."""
        (self.folder / "shouts").write_text(words, encoding="utf-8")
