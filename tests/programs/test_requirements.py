"""The locked packages of the programs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from testnode.programs.python_environment import REQUIREMENTS

LOCKS = [asked.with_suffix(".txt") for asked in sorted(REQUIREMENTS.glob("*.in"))]
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_is_locked_by_the_hashes_of_its_files(lock: Path) -> None:
    packages = re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE).strip())
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_has_the_versions_that_were_asked_for(lock: Path) -> None:
    asked, locked = (set(PIN.findall(path.read_text())) for path in (lock.with_suffix(".in"), lock))
    assert asked - locked == set()
