"""The fakes, one server for all tests of a process, and a scene of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import infra.labs
from tests.cloud.fake.contract import DOCUMENT, contract
from tests.cloud.fake.server import Server, running
from tests.cloud.person import Operator, variables
from tests.cloud.scene import Scene


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def scene(server: Server, tmp_path: Path) -> Iterator[Scene]:
    """Set up a lab that never was; whatever its test does must keep to DigitalOcean's contract."""
    scene = Scene(server, tmp_path)
    yield scene
    assert scene.site.violations == []


@pytest.fixture(scope="session")
def document() -> None:
    """Skip where DigitalOcean's OpenAPI document is not."""
    if contract() is None:
        pytest.skip(f"not there: {DOCUMENT.name}, DigitalOcean's own, beside the project")


@pytest.fixture
def person(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    scene.folder = tmp_path / "gpu-lab/gpu-lab"
    for name, value in variables(scene.address, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    return Operator(scene, capsys)


@pytest.fixture
def key(scene: Scene) -> str:
    return f"--ssh-key={scene.ssh_key}"
