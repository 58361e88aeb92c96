"""What a program reads that asked for JSON: one object, also of a failure."""

from __future__ import annotations

import json

import pytest

from infra.errors import LabError
from tests.cloud.person import Operator
from tests.cloud.test_verbs import BROKEN


@pytest.mark.parametrize("words", [("plan",), ("up", "--yes"), ("status",), ("park", "--yes"), ("down",), ("adopt",)])
def test_a_failure_is_an_object_for_programs_that_wait_for_one(
    person: Operator, key: str, words: tuple[str, ...]
) -> None:
    person.gives("up", key, "--yes")
    person.scene.world.team = "another"
    for asked in ((), ("--json",)):
        with pytest.raises(LabError) as caught:
            person.gives(*words, *asked, *([key] if words[0] in {"plan", "up"} else []))
        out = person.capture.readouterr().out
        assert (json.loads(out) if asked else out) == ({"error": str(caught.value)} if asked else "")


def test_an_up_whose_connections_are_broken_prints_one_object_and_no_second(person: Operator, key: str) -> None:
    person.findings.append(BROKEN)
    with pytest.raises(LabError, match=r"^broken: 1 of 2 arrows"):
        person.gives("up", key, "--yes", "--json")
    assert json.loads(person.capture.readouterr().out)["goal"] == "running"
