"""Giving images to the node's container runtime, from inside the node's namespaces."""

from __future__ import annotations

from pathlib import Path

from infra import process
from testnode import binaries

NAMESPACE = "k8s.io"  # where containerd's Kubernetes interface looks
TIMEOUT_S = 300.0


def command(*words: str | Path) -> tuple[str | Path, ...]:
    """Return a command line of containerd's own client."""
    return (binaries.CONTAINERD.recipe.folder / "ctr", "--namespace", NAMESPACE, *words)


def default_container() -> str:
    """Return what containerd gives a container by default, as an OCI runtime specification."""
    return process.run(command("oci", "spec"), timeout=TIMEOUT_S).stdout


def import_archive(archive: Path) -> None:
    """Add the images of an archive."""
    process.run(command("images", "import", archive), timeout=TIMEOUT_S)
