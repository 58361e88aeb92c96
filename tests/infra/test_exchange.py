"""Exchanging two folders."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from infra.exchange import exchange, exchange_all


@pytest.fixture(params=["in one step", "without the system call"])
def folders(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Make two folders, on a system with and on one without renameat2(2)."""
    if request.param == "without the system call":
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    new, old = tmp_path / "scratch" / "new", tmp_path / "old"
    for folder in (new, old):
        folder.mkdir(parents=True)
        (folder / folder.name).touch()
    return new, old


def test_each_takes_the_others_place(folders: tuple[Path, Path]) -> None:
    new, old = folders
    exchange(new, old)
    assert [file.name for file in old.iterdir()] == ["new"]
    assert [file.name for file in new.iterdir()] == ["old"]
    assert [file.name for file in new.parent.iterdir()] == ["new"]


def test_the_new_one_takes_an_empty_place(folders: tuple[Path, Path]) -> None:
    new, old = folders
    (old / "old").unlink()
    old.rmdir()
    exchange(new, old)
    assert [file.name for file in old.iterdir()] == ["new"]
    assert not new.exists()


def test_a_failing_system_call_is_made_up_for(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        """A C library on a file system that cannot exchange."""

        def renameat2(self, *_: object) -> int:
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library())
    new, old = folders
    exchange(new, old)
    assert [file.name for file in old.iterdir()] == ["new"]


def test_of_several_pairs_all_are_exchanged(folders: tuple[Path, Path], tmp_path: Path) -> None:
    new, old = folders
    (tmp_path / "first").mkdir()
    exchange_all({tmp_path / "first": tmp_path / "place", new: old})
    assert (tmp_path / "place").is_dir()
    assert [file.name for file in old.iterdir()] == ["new"]


@pytest.mark.parametrize("there_before", [True, False])
def test_of_several_pairs_none_is_exchanged_if_one_cannot_be(
    folders: tuple[Path, Path], tmp_path: Path, *, there_before: bool
) -> None:
    new, old = folders
    if not there_before:
        (old / "old").unlink()
        old.rmdir()
    with pytest.raises(FileNotFoundError):
        exchange_all({new: old, tmp_path / "absent": tmp_path / "place"})
    assert [file.name for file in new.iterdir()] == ["new"]
    assert old.exists() is there_before
    assert not (tmp_path / "place").exists()
