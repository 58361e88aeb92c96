"""What the API server says to the manifests."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest

from ailab.spec import LabSpec
from infra import manifests
from infra.labs import DIST
from infra.process import Completed
from testnode.node import Node
from tests.cluster.running import RunningLab

pytestmark = pytest.mark.proves(1)

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "root", "namespace": "ai-lab"},
    "spec": {"containers": [{"name": "root", "image": "docker.io/library/busybox:1.37"}]},
}


def _try(node: Node, *words: str | Path, stdin: str | None = None) -> Completed:
    """Ask the API server what it would say, with strict validation, and change nothing."""
    mode = ("--server-side", "--dry-run=server", "--validate=strict", "--field-manager=strict", "--force-conflicts")
    return node.kubectl("apply", *mode, *words, stdin=stdin, check=False)


@pytest.mark.proves(1, "grafana", "dcgm-exporter")
@pytest.mark.usefixtures("lab")
def test_strict_validation_accepts_every_object_without_a_warning(node: Node, spec: LabSpec) -> None:
    done = _try(node, "-f", DIST / spec.name)
    said = [line for line in done.stdout.splitlines() if not line.endswith("serverside-applied (server dry run)")]
    assert (done.status, said, done.stderr) == (0, [], "")


@pytest.mark.usefixtures("lab")
def test_strict_validation_refuses_an_unknown_field(node: Node, objects: list[manifests.Object]) -> None:
    deployment = deepcopy(next(manifests.of_kind(objects, "Deployment")))
    deployment["spec"]["template"]["spec"]["containers"][0]["resourses"] = {}
    refusal = _try(node, "-f", "-", stdin=json.dumps(deployment))
    assert refusal.status == 1
    assert ".resourses: field not declared in schema" in refusal.stderr


def test_a_second_apply_changes_nothing(lab: RunningLab) -> None:
    before = _versions(lab)
    out = lab.node.kubectl("apply", "-f", DIST / lab.spec.name).stdout
    changed = [line for line in out.splitlines() if not line.endswith(" unchanged")]
    assert (changed, _versions(lab)) == ([], before)


def test_a_pod_that_runs_as_root_is_refused(node: Node, lab: RunningLab) -> None:
    refusal = node.kubectl("apply", "-f", "-", stdin=json.dumps(POD), check=False)
    assert refusal.status == 1
    assert 'violates PodSecurity "restricted:v1.36"' in refusal.stderr
    assert "pods/root" not in lab.kubectl("get", "pods", "-o", "name")


def test_no_container_was_restarted_although_the_secrets_came_after_the_manifests(lab: RunningLab) -> None:
    pods = json.loads(lab.kubectl("get", "pods", "-o", "json"))["items"]
    restarts = {
        f"{pod['metadata']['name']}/{status['name']}": status["restartCount"]
        for pod in pods
        for status in pod["status"].get("containerStatuses", []) + pod["status"].get("initContainerStatuses", [])
    }
    assert {name: count for name, count in restarts.items() if count} == {}
    assert len(pods) >= 7


def test_the_ingress_controller_cannot_read_the_labs_secrets(node: Node, lab: RunningLab) -> None:
    who = f"--as=system:serviceaccount:{lab.spec.namespace}:ingress"
    allowed = {
        words: node.kubectl(
            "auth", "can-i", *words, f"--namespace={lab.spec.namespace}", who, check=False
        ).stdout.strip()
        for words in (("get", "secrets"), ("list", "secrets"), ("list", "ingresses"))
    }
    assert allowed == {("get", "secrets"): "no", ("list", "secrets"): "no", ("list", "ingresses"): "yes"}


def _versions(lab: RunningLab) -> dict[str, int]:
    """Return the generations of what is applied: what a controller made, like the Jobs of a CronJob, comes and goes."""
    kinds = "deployments,services,configmaps,networkpolicies,ingresses,persistentvolumeclaims,cronjobs,jobs"
    found = json.loads(lab.kubectl("get", kinds, "-o", "json"))["items"]
    applied = [item["metadata"] | {"kind": item["kind"]} for item in found if "ownerReferences" not in item["metadata"]]
    return {f"{item['kind']}/{item['name']}": item.get("generation", 0) for item in applied}
