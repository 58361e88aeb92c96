"""The manifests of every lab keep every promise."""

from __future__ import annotations

import pytest

from infra.labs import DIST, all_labs
from infra.manifests import read
from tests.policy.gates import GATES, Gate


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
@pytest.mark.parametrize("lab", [spec.name for spec in all_labs()])
def test_the_manifests_keep_the_promise(lab: str, gate: Gate) -> None:
    assert list(gate(read(DIST / lab))) == []
