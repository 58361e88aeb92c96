"""The configuration on its way to a machine, and the lock that comes back."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from infra.errors import LabError
from infra.labs import ROOT
from infra.shipping.flake import Flake
from infra.shipping.install import INSTALLER

LAB = "gpu-lab"
READ = ("flake.nix", "flake/README.md", "flake/lock.nix", "labs/gpu-lab.json", "modules/tests.nix")
UNREAD = ("README.md", "labs/another.json", "tests/lab.nix")
LOCK = b'{"nodes": {}}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a flake with names on both sides of the lock's, in folders too."""
    for name in (*READ, *UNREAD):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def test_a_flake_with_its_lock_is_what_is_read_the_next_time(folder: Path) -> None:
    flake = Flake.read(folder, LAB)
    locked = flake.locked(LOCK)
    assert (flake.lock, locked.lock) == (None, LOCK)
    assert locked == Flake.read(folder, LAB)
    assert locked.version == Flake.read(folder, LAB).version != flake.version
    assert {entry.path for entry in locked.files} - {entry.path for entry in flake.files} == {
        PurePosixPath("flake.lock")
    }


def test_another_lock_of_a_machine_s_is_refused_and_the_one_before_stays(folder: Path) -> None:
    flake = Flake.read(folder, LAB).locked(LOCK)
    said = f"{folder}/flake.lock: a machine locks other inputs; where flake.nix names new ones, delete the file"
    with pytest.raises(LabError, match=f"^{re.escape(said)}$"):
        flake.locked(b"{}\n")
    assert (folder / "flake.lock").read_bytes() == LOCK


def test_the_same_lock_is_not_written_again(folder: Path) -> None:
    flake = Flake.read(folder, LAB).locked(LOCK)
    before = (folder / "flake.lock").stat()
    assert flake.locked(LOCK) == flake
    assert (folder / "flake.lock").stat() == before


def test_where_the_lock_cannot_be_written_one_line_says_so(folder: Path) -> None:
    (folder / "flake.lock.new").mkdir()
    said = f"{folder}/flake.lock: not written (Is a directory); every later machine is built of it"
    with pytest.raises(LabError, match=f"^{re.escape(said)}$"):
        Flake.read(folder, LAB).locked(LOCK)


def test_what_the_labs_machine_is_not_built_of_goes_nowhere_and_is_no_part_of_its_version(folder: Path) -> None:
    before = Flake.read(folder, LAB)
    assert {str(entry.path) for entry in before.files if entry.content is not None} == set(READ)
    for name in UNREAD:
        (folder / name).write_text("changed", encoding="utf-8")
    assert Flake.read(folder, LAB) == before
    assert Flake.read(folder, "another").version != before.version


@pytest.mark.parametrize("name", READ)
def test_what_the_labs_machine_is_built_of_makes_another_version(folder: Path, name: str) -> None:
    before = Flake.read(folder, LAB)
    (folder / name).write_text("changed", encoding="utf-8")
    assert Flake.read(folder, LAB).version != before.version


def test_the_installer_is_of_the_release_that_is_built() -> None:
    text = (ROOT / "nixos" / "flake.nix").read_text(encoding="utf-8")
    [branch] = re.findall(r"# Branch (\S+) as of .*\n *nixpkgs\.url", text)
    assert re.findall("/releases/download/([^/]+)/", INSTALLER) == [branch]
