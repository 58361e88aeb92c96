"""What fails at first: it is tried once more where the cluster does not explain it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence

import pytest

from ailab.spec import LabSpec
from infra import manifests
from infra.checkup.examination import tries
from infra.checkup.place import Outcome, Target, Tried
from infra.edges import Edge
from infra.labs import DIST, one_lab
from infra.process import Completed

PHOENIX = Edge("ingress", "phoenix", 6006, "traces")
WANTED = {PHOENIX: Target("phoenix.ai-lab", 6006)}
REFUSED, CONNECTED = '[["refused", 0.5]]', '[["connected", 0.25]]'


@pytest.fixture(scope="module")
def spec() -> LabSpec:
    return one_lab("gpu-lab")


@pytest.fixture(scope="module")
def objects() -> Sequence[manifests.Object]:
    return manifests.read(DIST / "gpu-lab")


class Cluster:
    """A `Kubectl` whose parts are ready, but for `away`, and whose pods print one line after the other."""

    def __init__(self, objects: Sequence[manifests.Object], said: Sequence[str], *, away: str = "") -> None:
        workloads = manifests.of_kind(objects, "Deployment", "DaemonSet")
        ready = [{**item, "status": {"readyReplicas": 1}} for item in workloads if item["metadata"]["name"] != away]
        self._found = json.dumps({"items": [*ready, *manifests.of_kind(objects, "NetworkPolicy")]})
        self._said = deque(said)

    def __call__(self, *words: str, **_limits: object) -> Completed:
        said = {"get": lambda: self._found, "logs": self._said.popleft}.get(words[0], str)
        return Completed(0, said(), "")


def _tried(spec: LabSpec, objects: Sequence[manifests.Object], cluster: Cluster) -> tuple[Tried, int]:
    """Give the outcome of the one arrow, and how often what is done was told."""
    told: list[str] = []
    return tries(spec, objects, WANTED, cluster, told.append)[PHOENIX], len(told)


def test_a_part_that_was_away_for_a_moment_is_not_taken_for_broken(
    spec: LabSpec, objects: Sequence[manifests.Object]
) -> None:
    cluster = Cluster(objects, [REFUSED, CONNECTED])
    assert _tried(spec, objects, cluster) == (Tried(Outcome.CONNECTED, 0.25), 2)


@pytest.mark.parametrize(("again", "outcome"), [(REFUSED, Outcome.REFUSED), ("Traceback", Outcome.NOT_TRIED)])
def test_what_fails_again_has_failed(
    spec: LabSpec, objects: Sequence[manifests.Object], again: str, outcome: Outcome
) -> None:
    found, told = _tried(spec, objects, Cluster(objects, [REFUSED, again]))
    assert (found.outcome, told) == (outcome, 2)


@pytest.mark.parametrize("away", ["ingress", "phoenix"])
def test_what_the_cluster_explains_is_not_tried_again(
    spec: LabSpec, objects: Sequence[manifests.Object], away: str
) -> None:
    found, told = _tried(spec, objects, Cluster(objects, [REFUSED], away=away))
    assert (found.outcome, told) == (Outcome.REFUSED, 1)


def test_what_holds_is_not_tried_again(spec: LabSpec, objects: Sequence[manifests.Object]) -> None:
    assert _tried(spec, objects, Cluster(objects, [CONNECTED])) == (Tried(Outcome.CONNECTED, 0.25), 1)
