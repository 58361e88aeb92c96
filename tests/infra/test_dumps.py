"""Which databases a lab can dump and restore: those that it makes itself."""

from __future__ import annotations

import pytest

from ailab.spec import LabSpec
from infra.dumps import store, stores
from infra.errors import LabError


def _lab(**more: object) -> LabSpec:
    paid = {"openai": {"models": {"gpt": "gpt-6.1-sol"}}}
    return LabSpec.model_validate({"name": "one", "tailnet": "tail1a2b3c", "providers": paid, **more})


THEIRS = {"existing": {"network": "10.20.0.5/32"}}


@pytest.mark.parametrize(
    ("lab", "names"),
    [
        (_lab(), ["postgres", "neo4j"]),
        (_lab(without=["graph"]), ["postgres"]),
        (_lab(postgres=THEIRS), ["neo4j"]),
        (_lab(postgres=THEIRS, without=["graph"]), []),
    ],
    ids=["the default", "no graph", "another's PostgreSQL", "neither"],
)
def test_a_lab_dumps_what_it_makes_itself(lab: LabSpec, names: list[str]) -> None:
    assert [found.name for found in stores(lab)] == names


def test_a_database_that_somebody_else_runs_is_not_restored() -> None:
    with pytest.raises(LabError, match=r"^postgres: has no dumps in this lab, which dumps neo4j$"):
        store(_lab(postgres=THEIRS), "postgres")
    assert store(_lab(), "postgres").name == "postgres"
