"""What all of this needs on the machine, and the machine that runs NixOS."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ailab.spec import LabSpec, load
from infra.shipping import sight
from testnode import debian
from tests.lab_files import MINIMAL
from tests.shipping.scene import Scene, machine_without_nixos, nixos_machine


@pytest.fixture(scope="session", autouse=True)
def _client() -> None:
    """Have ssh, which a new machine may lack; where it cannot be had, tests say so themselves."""
    if os.geteuid() == 0 and shutil.which("apt-get") and not shutil.which("ssh-keygen"):
        debian.install(("openssh-client",), lambda _line: None)


@pytest.fixture
def spec(tmp_path: Path) -> LabSpec:
    (tmp_path / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    return load(tmp_path / "minimal.toml")


@pytest.fixture
def scene(tmp_path: Path, spec: LabSpec, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(sight, "POLL_SECONDS", 0.1)
    with nixos_machine(tmp_path, spec) as scene:
        yield scene


@pytest.fixture
def before_nixos(tmp_path: Path, spec: LabSpec) -> Iterator[Scene]:
    with machine_without_nixos(tmp_path, spec) as scene:
        yield scene
