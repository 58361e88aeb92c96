"""Every gate finds the defects that it is for."""

from __future__ import annotations

import json

import pytest

from infra.labs import DIST
from infra.manifests import read
from tests.policy.gates import GATES, Gate
from tests.policy.mutants import MUTANTS
from tests.policy.seeds import Seed


@pytest.fixture(scope="module")
def good() -> str:
    """Give the objects as text: a copy of them is read from it much faster than `deepcopy` makes one."""
    return json.dumps(read(DIST / "gpu-lab"))


@pytest.mark.parametrize(
    ("gate", "seed"),
    [
        pytest.param(gate, seed, id=f"{gate.__name__}: {name}")
        for gate, seeds in MUTANTS.items()
        for name, seed in seeds.items()
    ],
)
def test_the_gate_finds_the_defect(good: str, gate: Gate, seed: Seed) -> None:
    mutant = json.loads(good)
    seed(mutant)
    assert mutant != json.loads(good)
    assert list(gate(mutant))


def test_every_gate_is_proven() -> None:
    assert set(MUTANTS) == set(GATES)
