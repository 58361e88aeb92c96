"""The manifests of every lab keep every promise: those that are committed, and those of every valid lab file."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.labs import all_labs
from tests.lab_files import VALID
from tests.policy.budget import budget
from tests.policy.gates import GATES, Gate
from tests.synthesis import committed, manifests_of


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
@pytest.mark.parametrize("lab", [spec.name for spec in all_labs()])
def test_a_committed_lab_keeps_the_promise(lab: str, gate: Gate) -> None:
    assert list(gate(committed(lab))) == []


# How large a lab may be is its owner's choice.
@pytest.mark.parametrize("gate", [gate for gate in GATES if gate is not budget], ids=lambda gate: gate.__name__)
@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_any_lab_keeps_the_promise(file: Path, gate: Gate) -> None:
    assert list(gate(manifests_of(file))) == []
