"""Removing what a node has outside its own namespaces, once its processes are gone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from infra import process
from testnode.layout import CGROUPS, Layout
from testnode.patience import until

COMMAND_TIMEOUT_S = 60.0
EMPTY_TIMEOUT_S = 60.0


def make_cgroups(layout: Layout) -> None:
    """Make the cgroup that holds the pods, in every hierarchy that the machine has."""
    for root in _hierarchies():
        (root / layout.cgroup).mkdir(exist_ok=True)


def remove(layout: Layout) -> None:
    """Remove link, addresses, cgroups and files of a node that has ended, however it ended.

    Only the logs stay, until the next node. Does nothing where nothing is left.

    Raises:
        LabError: processes of the node are still running.

    """
    if Path("/sys/class/net", layout.link).exists():
        process.run(("ip", "link", "delete", layout.link), timeout=COMMAND_TIMEOUT_S, check=False)
    # A cgroup can be removed a moment after its last process has ended.
    until(lambda: _remove_cgroups(layout), EMPTY_TIMEOUT_S, f"the processes of node {layout.number} have ended")
    remove_files(layout)


def remove_files(layout: Layout) -> None:
    """Remove the node's folder, but for the logs."""
    for path in layout.folder.glob("*"):
        if path == layout.logs:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _hierarchies() -> list[Path]:
    """Return the roots of cgroup version 2, or of each controller of version 1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [root for root in CGROUPS.iterdir() if (root / "cgroup.procs").exists()]


def _remove_cgroups(layout: Layout) -> bool:
    """Return whether none is left."""
    tops = [root / layout.cgroup for root in _hierarchies()]
    for top in tops:
        for folder, _, _ in os.walk(top, topdown=False):
            _remove_cgroup(Path(folder))
    return not any(top.exists() for top in tops)


def _remove_cgroup(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # busy: the caller sees that it is still there
