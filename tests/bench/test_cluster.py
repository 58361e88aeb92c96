"""How decision 36's table comes from what the cluster and its kubelet say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.cluster import Part, parts
from infra.labs import one_lab
from infra.process import Completed
from testnode.node import Node
from tests.cluster.running import RunningLab

BEGIN = datetime(2026, 11, 26, 8, 0, 0, tzinfo=UTC)
MEBI = 1024 * 1024


def _pod(part: str, requests: Sequence[str], limits: Sequence[str], *, ready: str) -> Mapping[str, Any]:
    """Describe a pod with a container for each request; the Deployment began it at `BEGIN`."""
    return {
        "metadata": {"name": f"{part}-1", "labels": {"app.kubernetes.io/name": part}},
        "spec": {
            "containers": [
                {"name": f"c{number}", "resources": {"requests": {"memory": asked}, "limits": {"memory": limit}}}
                for number, (asked, limit) in enumerate(zip(requests, limits, strict=True))
            ]
        },
        "status": {
            "conditions": [
                {"type": "Initialized", "status": "True", "lastTransitionTime": "2026-11-26T08:00:01Z"},
                {"type": "Ready", "status": ready, "lastTransitionTime": "2026-11-26T08:00:41Z"},
            ]
        },
    }


def _used(pod: str, *containers: int) -> Mapping[str, Any]:
    """Say as the kubelet does what containers use, in MiB."""
    memory = [{"workingSetBytes": used * MEBI, "availableBytes": MEBI} for used in containers]
    listed = [{"name": f"c{number}", "memory": each} for number, each in enumerate(memory)]
    return {"podRef": {"namespace": "ai-lab", "name": pod}, "containers": listed}


class Cluster(Node):
    """Answers for a cluster; the kubelet knows PostgreSQL's second container only when it is asked again."""

    def __init__(self) -> None:
        super().__init__()
        self.pods = [
            _pod("postgres", ["512Mi", "32Mi"], ["2Gi", "128Mi"], ready="True"),
            _pod("grafana", ["256Mi"], ["1Gi"], ready="False"),
        ]
        self.known = [[_used("postgres-1", 60)], [_used("postgres-1", 60, 9), _used("grafana-1", 5)]]

    def kubectl(
        self, *words: str | Path, stdin: str | None = None, check: bool = True, timeout: float = 120
    ) -> Completed:
        """Give pods, or what the kubelet knows of them by now."""
        assert (stdin, check, timeout) == (None, True, 120)
        if "pods" in words:
            return Completed(0, json.dumps({"items": self.pods}), "")
        known = self.known.pop(0) if len(self.known) > 1 else self.known[0]
        return Completed(0, json.dumps({"pods": known}), "")


@pytest.fixture
def lab(tmp_path: Path) -> RunningLab:
    return RunningLab(Cluster(), one_lab("gpu-lab"), tmp_path, "http://door.example")


def test_a_part_is_its_ready_pod_with_all_of_its_containers(lab: RunningLab) -> None:
    found = list(parts(lab, BEGIN))
    assert found == [Part("postgres", seconds=41, used=69, requested=544, limit=2176)]
    assert [str(part) for part in found] == ["| postgres | 41 s | 69 | 544 | 2176 |"]
