"""Faults on the running lab, one for each cell of the grid: the chat comes back, data is there, the doctor says why.

`LAB_TEST_RECORD=1` writes what came of a cell to docs/faults.json, of which `./lab docs` makes documents; else it is
compared with that. A cell that was never recorded does not run otherwise: docs/faults.md says so.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

import httpx
import pytest

from infra import manifests
from infra.documents import fault_record
from infra.documents.fault_grid import Kind, Part, cells
from infra.documents.fault_record import ANSWERS, PROMISE, Outcome, rounded
from testnode.patience import until
from tests.cluster.faults import WAYS, Scene, stage
from tests.cluster.kept import STORES, Kept
from tests.cluster.running import ANSWER, VERDICT, RunningLab, absent
from tests.cluster.test_parts_down import in_the_chat

pytestmark = [pytest.mark.proves(3)]

RECORD: Final = "LAB_TEST_RECORD" in os.environ
RECORDED: Final = fault_record.read()
READY_SECONDS: Final = 420
# Three failed probes, 5 s apart, take a part out of its Service; then those that need it follow.
SETTLED_SECONDS: Final = 20
SETTLING_SECONDS: Final = 300
VLLM: Final = "deepseek-r1-vllm"
REPLACED: Final = "another model answers"
QUICK: Final = {
    ("ingress", Kind.KILLED),
    ("litellm", Kind.KILLED),
    ("postgres", Kind.KILLED),
    ("searxng", Kind.IMAGE),
}
"""Cells that every run of the node's tier does: two minutes."""


@pytest.fixture(scope="module")
def kept(lab: RunningLab) -> Kept:
    return Kept.made(lab)


@pytest.fixture(scope="module")
def scene(lab: RunningLab, objects: Sequence[manifests.Object]) -> Scene:
    return Scene(lab, objects)


def _chat(kept: Kept, part: str) -> str:
    """Say what a person gets who asks the model that the part is there for."""
    model, answer = (VLLM, VERDICT) if part == VLLM else ("llama3.1", ANSWER)
    try:
        said = in_the_chat(kept.lab, kept.token, model=model)
    except httpx.TransportError:
        return "no connection"
    if said.status_code != httpx.codes.OK:
        return f"status {said.status_code}"
    return ANSWERS if answer in said.json()["choices"][0]["message"]["content"] else REPLACED


def _doctor(scene: Scene) -> tuple[str, ...]:
    """Give what the doctor says of parts; without those that cannot run here."""
    away = {item["metadata"]["name"] for item in scene.objects if absent([item])}
    done = scene.lab.command("doctor", "--quick", "--json", check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return tuple(f"{one['part']}: {one['said']}" for one in found if one["part"] not in away)


def _settled(scene: Scene) -> tuple[str, ...]:
    """Give what the doctor says of parts when it has said the same for a while."""
    said: list[tuple[float, tuple[str, ...]]] = []

    def same() -> bool:
        said.append((time.monotonic(), _doctor(scene)))
        unchanged = takewhile(lambda one: one[1] == said[-1][1], reversed(said))
        return said[-1][0] - min(moment for moment, _ in unchanged) > SETTLED_SECONDS

    until(same, SETTLING_SECONDS, "the doctor says the same again")
    return said[-1][1]


def _done(scene: Scene, kept: Kept, part: Part, kind: Kind) -> Outcome:
    """Do it, and see what comes of it."""
    chat, doctor = None, None
    with stage(scene, part, kind):
        with WAYS[kind](scene, part):
            if kind is not Kind.KILLED:
                doctor = _settled(scene)
                chat = _chat(kept, part.name)
        gone = time.monotonic()
        until(lambda: _chat(kept, part.name) == ANSWERS, PROMISE, "the chat is back")
        back = rounded(time.monotonic() - gone)
        for name in filter(None, (part.needs, part.name)):
            scene.until_ready(name, READY_SECONDS)
        found = kept.found(part.name)
    return Outcome(part.name, kind, chat, doctor, back, found)


def _long(part: Part, kind: Kind) -> tuple[pytest.MarkDecorator, ...]:
    return () if (part.name, kind) in QUICK else (pytest.mark.long,)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        pytest.param(part, kind, marks=_long(part, kind), id=f"{part.name}-{kind.name.lower()}")
        for part, kind in cells()
        if RECORD or RECORDED.of(part.name, kind)
    ],
)
def test_after_a_fault_the_chat_is_back_and_data_is_there_and_the_doctor_named_the_cause(
    scene: Scene, kept: Kept, part: Part, kind: Kind
) -> None:
    outcome = _done(scene, kept, part, kind)
    assert outcome.kept == STORES.get(part.name, ())
    if outcome.doctor is not None:
        assert any(said.startswith(f"{part.name}: ") for said in outcome.doctor)
    if RECORD:
        fault_record.write(fault_record.read().including(outcome))
    recorded = fault_record.read().of(part.name, kind)
    assert recorded
    assert outcome.same(recorded), outcome
