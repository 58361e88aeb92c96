"""Archives on their way to a machine, read back by the tar of this one."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

import pytest

from infra.process import run
from infra.shipping.bundle import Entry, archive, digest, secret, tree


def _unpacked(entries: list[Entry], folder: Path) -> dict[str, str]:
    run(["tar", "--extract", "--preserve-permissions", f"--directory={folder}"], stdin=archive(entries), timeout=30)
    return {
        str(path.relative_to(folder)): f"{stat.filemode(path.stat().st_mode)} {path.owner()}"
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.needs("tar")
def test_a_secret_is_roots_alone_whatever_the_umask(tmp_path: Path) -> None:
    entries = list(secret(PurePosixPath("keys/token"), "canary"))
    umask = os.umask(0)
    try:
        found = _unpacked(entries, tmp_path)
    finally:
        os.umask(umask)
    owner = tmp_path.owner()
    assert found == {"keys": f"drwx------ {owner}", "keys/token": f"-rw------- {owner}"}
    assert (tmp_path / "keys" / "token").read_text() == "canary"


def test_a_secret_is_not_shown_by_what_holds_it() -> None:
    [_, entry] = secret(PurePosixPath("keys/token"), "canary")
    assert repr(entry) == "Entry(path=PurePosixPath('keys/token'), mode=384)"


@pytest.mark.needs("tar")
def test_a_tree_keeps_only_files_and_folders_and_whether_they_may_be_run(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "scripts" / "__pycache__").mkdir(parents=True)
    (source / "scripts" / "__pycache__" / "left.pyc").touch()
    (source / "scripts" / "run.sh").touch(mode=0o700)
    (source / "private.nix").touch(mode=0o600)
    (source / "link.nix").symlink_to("private.nix")
    target.mkdir()
    owner = tmp_path.owner()
    assert _unpacked(list(tree(source)), target) == {
        "private.nix": f"-rw-r--r-- {owner}",
        "scripts": f"drwxr-xr-x {owner}",
        "scripts/run.sh": f"-rwxr-xr-x {owner}",
    }


def test_the_same_files_have_the_same_digest_and_each_difference_another(tmp_path: Path) -> None:
    file = tmp_path / "flake.nix"
    file.write_text("{ }\n", encoding="utf-8")
    first = digest(tree(tmp_path))
    os.utime(file, (0, 0))
    assert digest(tree(tmp_path)) == first
    file.chmod(0o755)
    second = digest(tree(tmp_path))
    file.write_text("{}\n", encoding="utf-8")
    third = digest(tree(tmp_path))
    file.rename(tmp_path / "other.nix")
    assert len({first, second, third, digest(tree(tmp_path))}) == 4
