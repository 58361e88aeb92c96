"""`./lab synth`: from lab files to manifests and to the facts of their hosts, all or nothing."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.table import Table

from ailab.host_facts import HostFacts
from ailab.spec import LabSpec
from ailab.spec.argocd import EXAMPLE_REPOSITORY, FOLDER
from infra import manifests
from infra.cloud.record import rented
from infra.console import say, show
from infra.exchange import exchange_all
from infra.labs import ARGOCD, DIST, EXAMPLE_TAILNET, HOST_FACTS, ROOT, delivered_labs, shortest


@click.command(short_help="Make the manifests of every lab, and its host facts.")
def synth() -> None:
    """Make the manifests of every lab, and what its host is told: labs/*.toml to dist/ and nixos/labs/.

    With argocd.toml, also what Argo CD is told of the labs. Either all of it is new afterwards, or nothing is.
    """
    start = time.monotonic()
    specs, argocd = delivered_labs()
    # Only now: this waits for Node, and a faulty file should be told at once.
    from ailab import Lab  # noqa: PLC0415 - see above

    with _scratch_folder() as scratch:
        new = scratch / "dist"
        for spec in specs:
            Lab(spec, new / spec.name).synth()
        if argocd:
            from ailab.argocd import ArgoCd  # noqa: PLC0415 - as above

            ArgoCd(argocd, specs, new / FOLDER).synth()
        _write_facts(specs, scratch / "labs")
        HOST_FACTS.parent.mkdir(exist_ok=True)
        exchange_all({new: DIST, scratch / "labs": HOST_FACTS})
        former = {folder.name for folder in new.iterdir()} if new.exists() else set()
    for spec in specs:
        _report(spec.name)
        if spec.tailnet == EXAMPLE_TAILNET:
            say(f"{spec.name}: its addresses are those of an example; set tailnet to your own before you apply it")
    if argocd and argocd.repository == EXAMPLE_REPOSITORY:
        say(f"{shortest(ARGOCD)}: its repository is an example; set it to your own before you apply dist/{FOLDER}")
    for name in sorted(former - {spec.name for spec in specs} - {FOLDER}):
        say(f"removed {shortest(DIST / name)}/: its lab file is gone; what was applied from it is not, see the README")
        if rented(name):
            say(f"{name}: what it has rented is billed; with labs/{name}.toml back, ./lab down --lab {name} ends it")
    say(f"{len(specs)} lab{'s' * (len(specs) > 1)} in {time.monotonic() - start:.2f} s")


def _write_facts(specs: Iterable[LabSpec], folder: Path) -> None:
    folder.mkdir()
    for spec in specs:
        (folder / f"{spec.name}.json").write_text(HostFacts.of(spec).json(), encoding="utf-8")


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Give an empty folder on the file system of dist/, to one synthesis at a time."""
    place = ROOT / ".lab"
    place.mkdir(exist_ok=True)
    scratch = place / "synth"
    with (place / "synth.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it however this process ends
        shutil.rmtree(scratch, ignore_errors=True)  # of a synthesis that was killed
        scratch.mkdir()
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch)


def _report(name: str) -> None:
    folder = DIST / name
    objects = manifests.read(folder)
    table = Table(title=f"{name}: what {shortest(folder)}/ describes", title_justify="left")
    for column in ("service", "port", "host"):
        table.add_column(column)
    for service in manifests.services(objects):
        table.add_row(service.name, ", ".join(map(str, service.ports)), "\n".join(service.hosts))
    show(table)
    asked = manifests.requests(objects)
    files = sorted(folder.glob("*.yaml"))
    say(f"{len(objects)} objects in {len(files)} files: {', '.join(file.name for file in files)}")
    say(f"requests: {asked.cores:.2f} cores, {asked.memory:.1f} GiB of memory, {asked.gpus} shares of the GPU")
