"""The lab's dashboards, as files that `./lab docs` makes and that Grafana is provisioned with."""

from __future__ import annotations

from importlib import resources


def dashboards() -> dict[str, str]:
    """Read every dashboard: file name -> JSON."""
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".json"))
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(files, key=lambda file: file.name)}
