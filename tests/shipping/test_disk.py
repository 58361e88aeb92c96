"""What is looked at before disko writes a disk: by the real programs, on disks that are files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ailab.spec.droplet import VOLUME_LABEL
from infra.process import Completed, run
from infra.shipping.install import TO_DISK

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("losetup", "mkfs.ext4", "lsblk", "blkid", "addpart", "delpart"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a disk of a file"),
    pytest.mark.skipif(not Path("/dev/loop-control").exists(), reason="this machine makes no disk of a file"),
]
BUILT = 7  # what the stand-in for Nix ends with: the next thing after the look
ANOTHER = "cloudimg-rootfs"  # as the stock image calls its own
MEBIBYTES = 16
SECTORS = (2048, 28672)  # of the partition: where it begins, and how long it is


@dataclass(frozen=True)
class Machine:
    """Disks, DigitalOcean's names of them, and a Nix that builds nothing."""

    folder: Path
    ends: ExitStack

    def disk(self) -> Path:
        """Make an empty disk."""
        return self.ends.enter_context(_disk(self.folder / f"disk-{len(list(self.folder.iterdir()))}"))

    def partition(self, disk: Path) -> Path:
        """Make the one partition of a disk."""
        run(["addpart", disk, "1", *map(str, SECTORS)], timeout=30)
        self.ends.callback(run, ["delpart", disk, "1"], timeout=30)  # else the next disk of that name has it
        return disk.with_name(f"{disk.name}p1")

    def volume(self, name: str, disk: Path) -> None:
        """Give a disk the name of a volume."""
        (self.folder / "by-id" / f"scsi-0DO_Volume_{name}").symlink_to(disk)

    def prepare(self, disk: Path) -> Completed:
        """Do what is done to a droplet's disk, up to where Nix would build what writes it."""
        volumes = f"{self.folder}/by-id/scsi-0DO_Volume_"
        words = ("flake#script", str(self.folder / "mark"), str(disk), VOLUME_LABEL, volumes)
        path = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        return run(["sh", "-euc", TO_DISK, "sh", *words], timeout=60, env=path, check=False)


@contextmanager
def _disk(file: Path) -> Iterator[Path]:
    with file.open("wb") as content:
        content.truncate(MEBIBYTES << 20)
    disk = Path(run(["losetup", "--find", "--show", file], timeout=30).stdout.strip())
    try:
        yield disk
    finally:
        run(["losetup", "--detach", disk], timeout=30)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    for name in ("bin", "by-id"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin" / "nix").write_text(f"#!/bin/sh\nexit {BUILT}\n", encoding="utf-8")
    (tmp_path / "bin" / "nix").chmod(0o755)
    with ExitStack() as ends:
        yield Machine(tmp_path, ends)


def _format(part: Path, label: str) -> None:
    run(["mkfs.ext4", "-q", *(["-L", label] if label else []), part], timeout=30)


def _refused(done: Completed, disk: Path, why: str) -> None:
    repair = "name the droplet's own as DISK in constructs/ailab/host_facts.py, then ./lab synth and ./lab up"
    there = rf"[^;]*\b{disk.name} {MEBIBYTES}M\b[^;]*" if disk.exists() else r"[^;]+"
    said = f"{disk}: {why}, and nothing was written; of the disks there, "
    assert (done.status, done.stdout) == (1, "")
    assert re.fullmatch(rf"{re.escape(said)}{there}, {re.escape(repair)}\n", done.stderr), done.stderr


@pytest.mark.parametrize("label", ["", ANOTHER, f"{VOLUME_LABEL}-2"], ids=["no label", "another", "a longer one"])
def test_a_disk_without_the_labs_label_is_written(machine: Machine, label: str) -> None:
    disk = machine.disk()
    _format(disk, label)
    assert machine.prepare(disk) == Completed(BUILT, "", "")


def test_an_empty_disk_and_one_whose_preparation_was_broken_off_are_written(machine: Machine) -> None:
    empty, begun = machine.disk(), machine.disk()
    _format(machine.partition(begun), "")
    assert [machine.prepare(disk) for disk in (empty, begun)] == [Completed(BUILT, "", "")] * 2


def test_a_disk_that_holds_a_labs_data_is_refused(machine: Machine) -> None:
    disk = machine.disk()
    _format(disk, VOLUME_LABEL)
    _refused(machine.prepare(disk), disk, f"holds a lab's data, by the label gpu-lab of {disk}")


def test_a_disk_with_a_partition_that_holds_a_labs_data_is_refused(machine: Machine) -> None:
    disk = machine.disk()
    part = machine.partition(disk)
    _format(part, VOLUME_LABEL)
    _refused(machine.prepare(disk), disk, f"holds a lab's data, by the label gpu-lab of {part}")


def test_a_volume_is_refused_whatever_it_holds_and_by_whatever_name(machine: Machine) -> None:
    disk = machine.disk()
    (machine.folder / "root").symlink_to(disk)
    machine.volume("gpu-lab-0123456789ab", disk)
    _refused(machine.prepare(disk), disk, "is the volume gpu-lab-0123456789ab")
    done = machine.prepare(machine.folder / "root")
    assert (done.status, done.stderr.split(",")[0]) == (1, f"{machine.folder}/root: is the volume gpu-lab-0123456789ab")


def test_a_volume_beside_the_disk_hinders_nothing(machine: Machine) -> None:
    disk, data = machine.disk(), machine.disk()
    _format(data, VOLUME_LABEL)
    machine.volume("gpu-lab-0123456789ab", data)
    assert machine.prepare(disk) == Completed(BUILT, "", "")


def test_a_disk_that_is_not_there_is_refused(machine: Machine) -> None:
    disk = machine.folder / "sdz"
    _refused(machine.prepare(disk), disk, "is no disk that lsblk can read")


def test_a_disk_of_which_it_cannot_be_said_what_it_holds_is_not_written(machine: Machine) -> None:
    disk = machine.disk()
    _format(disk, VOLUME_LABEL)
    with disk.open("r+b") as content:  # a CD's, too
        content.seek(32768)
        content.write(b"\x01CD001")
    done = machine.prepare(disk)
    assert (done.status, done.stderr.split("(")[0]) == (1, f"blkid: {disk}: ambivalent result ")


def test_a_disk_that_was_prepared_is_not_looked_at_again(machine: Machine) -> None:
    disk = machine.disk()
    _format(disk, VOLUME_LABEL)
    (machine.folder / "mark").touch()
    assert machine.prepare(disk) == Completed(0, "", "")
