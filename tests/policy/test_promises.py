"""The manifests of every lab keep every promise: those that are committed, and those of every valid lab file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ailab import Lab
from ailab.spec import load
from infra.labs import DIST, all_labs
from infra.manifests import Object, read
from tests.lab_files import VALID
from tests.policy.budget import budget
from tests.policy.gates import GATES, Gate


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
@pytest.mark.parametrize("lab", [spec.name for spec in all_labs()])
def test_a_committed_lab_keeps_the_promise(lab: str, gate: Gate) -> None:
    assert list(gate(read(DIST / lab))) == []


@pytest.fixture(scope="module", params=VALID, ids=lambda file: file.stem)
def objects(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Object]:
    """Make the manifests of a valid lab file."""
    file: Path = request.param
    folder = tmp_path_factory.mktemp(file.stem)
    Lab(load(file), folder).synth()
    return read(folder)


# How large a lab may be is its owner's choice.
@pytest.mark.parametrize("gate", [gate for gate in GATES if gate is not budget], ids=lambda gate: gate.__name__)
def test_any_lab_keeps_the_promise(objects: Sequence[Object], gate: Gate) -> None:
    assert list(gate(objects)) == []
