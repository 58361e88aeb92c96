"""The fakes, one server for all tests of a process, and a scene of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.fake.contract import DOCUMENT, contract
from tests.cloud.fake.server import Server, running
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
