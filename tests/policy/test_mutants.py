"""Every gate finds the defects that it is for."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import pytest

from infra.labs import DIST
from infra.manifests import Object, read
from tests.policy.gates import GATES, Gate
from tests.policy.mutants import MUTANTS
from tests.policy.seeds import Seed


@pytest.fixture(scope="module")
def good() -> Sequence[Object]:
    return read(DIST / "gpu-lab")


@pytest.mark.parametrize(
    ("gate", "seed"),
    [
        pytest.param(gate, seed, id=f"{gate.__name__}: {name}")
        for gate, seeds in MUTANTS.items()
        for name, seed in seeds.items()
    ],
)
def test_the_gate_finds_the_defect(good: Sequence[Object], gate: Gate, seed: Seed) -> None:
    mutant = list(deepcopy(good))
    seed(mutant)
    assert mutant != good
    assert list(gate(mutant))


def test_every_gate_is_proven() -> None:
    assert set(MUTANTS) == set(GATES)
