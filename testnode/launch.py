"""Starting a node: its files and images, its keeper, and the wait until pods can run."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra import process
from infra.errors import LabError
from infra.process import Child
from testnode import credentials, images, leftovers, lock
from testnode.api import Api
from testnode.cache import Progress
from testnode.images import Image
from testnode.layout import Layout
from testnode.lock import Lock, Note
from testnode.patience import until
from testnode.setup import Setup
from testnode.standin import StandIn
from testnode.system_images import system_images

REPOSITORY = Path(__file__).parents[1]
START_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Plan:
    """What a node shall have.

    Attributes:
        images: complete image reference, with tag, digest or both -> what runs in its place.
        hosts: name that pods can look up -> address that this machine gets on the node's link,
            where a test can listen for them once the node is up.
        gpus: how many devices of `nvidia.com/gpu` the node itself advertises; none where a pod does.
        server_only: only the API server and its controllers: pods are never run.

    """

    images: Mapping[str, StandIn] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    gpus: int = 2
    server_only: bool = False


def take_lock(layout: Layout) -> Lock:
    """Take the node's lock for this process, and remove what a killed node left.

    Raises:
        LabError: a node of that number is running.

    """
    held = lock.acquire(layout)
    left = held.note()
    if left is not None:
        leftovers.remove(left.layout)
    held.write(Note(layout, os.getpid()))
    return held


def clean(layout: Layout) -> None:
    """Remove what a killed node left; does nothing where nothing is left."""
    held = take_lock(layout)
    held.clear()
    held.close()


def prepare(layout: Layout, plan: Plan) -> None:
    """Write everything that the node reads when it starts."""
    shutil.rmtree(layout.folder, ignore_errors=True)
    for folder in (layout.folder, layout.logs, layout.archives, layout.configuration):
        folder.mkdir(parents=True)
    credentials.create(layout)
    addresses = tuple(dict.fromkeys(plan.hosts.values()))
    Setup(layout, plan.server_only, plan.gpus, _binds(plan), addresses).save()
    if not plan.server_only:
        stand_ins = (images.stand_in_image(*item) for item in plan.images.items())
        for image in (*system_images(), *stand_ins):
            write_archive(layout, image)


def write_archive(layout: Layout, image: Image) -> Path:
    """Write an image into the node's folder of archives; return the file."""
    archive = layout.archives / f"{image.references[0].replace('/', '_')}.tar"
    images.write_archive(image, archive)
    return archive


def _binds(plan: Plan) -> tuple[Path, ...]:
    """Return the folders for every container, without those that lie in another one."""
    wanted = {bind for stand_in in plan.images.values() for bind in stand_in.binds}
    kept: list[Path] = []
    for folder in sorted(wanted | {folder for folder in images.MACHINE_FOLDERS if folder.is_dir()}):
        if not any(folder.is_relative_to(above) for above in kept):
            kept.append(folder)
    return tuple(kept)


def start_keeper(layout: Layout, held: Lock) -> Child:
    """Start the process that keeps the node for this one, and hand it the lock."""
    return process.start(
        (sys.executable, "-m", "testnode.keeper", str(layout.folder), str(held.descriptor)),
        log=layout.logs / "keeper.log",
        cwd=REPOSITORY,
        descriptors=(held.descriptor,),
    )


class Start:
    """The wait for a node that is starting."""

    def __init__(self, layout: Layout, keeper: Child, progress: Progress) -> None:
        """Begin to count the seconds."""
        self.api = Api(layout)
        self._layout = layout
        self._keeper = keeper
        self._progress = progress
        self._began = time.monotonic()

    def close(self) -> None:
        """Close the connection to the API server."""
        self.api.close()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for the condition, then tell it with the seconds since the start.

        Raises:
            LabError: the node ended, or the condition did not hold in time.

        """

        def holds() -> bool:
            if self._keeper.poll() is not None:
                message = f"test node {self._layout.number} did not start: {self._last_words()}"
                raise LabError(message)
            return condition()

        until(holds, START_TIMEOUT_S, f"test node {self._layout.number}, {what}; logs in {self._layout.logs}")
        self._progress(f"{what}: after {time.monotonic() - self._began:.0f} s")

    def _last_words(self) -> str:
        for name in ("init.log", "keeper.log"):
            path = self._layout.logs / name
            lines = path.read_text(errors="replace").splitlines() if path.exists() else []
            if lines:
                return lines[-1]
        return f"see {self._layout.logs}"
