"""Every part of the lab runs, or says why it does not run here."""

from __future__ import annotations

import json

import pytest

from infra import manifests
from infra.labs import DIST
from tests.cluster.running import RunningLab, absent

pytestmark = pytest.mark.proves(2)

DEPLOYMENTS = list(manifests.of_kind(manifests.read(DIST / "gpu-lab"), "Deployment"))


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda item: item["metadata"]["name"])
def test_the_part_is_available(lab: RunningLab, deployment: manifests.Object) -> None:
    for image, reason in absent([deployment]).items():
        pytest.skip(f"{image}: {reason}")
    found = json.loads(lab.kubectl("get", "deployment", deployment["metadata"]["name"], "-o", "json"))
    assert (found["status"].get("availableReplicas"), found["spec"]["replicas"]) == (1, 1)
