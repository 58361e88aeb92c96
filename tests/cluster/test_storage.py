"""Volumes: who writes where, and what is still there when pods are gone."""

from __future__ import annotations

import json

import pytest

from infra import manifests
from infra.labs import DIST
from testnode.patience import until
from tests.cluster.observed import GONE_SECONDS
from tests.cluster.running import RunningLab
from tests.cluster.start import DOOR_SECONDS, READY_SECONDS
from tests.cluster.test_chat import stream

pytestmark = pytest.mark.proves(2)

WORKLOADS = ["ingress", "litellm", "ollama", "open-webui", "postgres"]


def _run(lab: RunningLab, workload: str, script: str) -> str:
    """Run a shell line in a workload's main container; the stand-in images have the machine's shell."""
    return lab.kubectl("exec", f"deployment/{workload}", "--", "sh", "-c", script, check=False)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_nothing_can_be_written_outside_the_mounted_folders(lab: RunningLab, workload: str) -> None:
    tries = (
        "for d in / /etc /usr /var /root /opt /app; do [ -d $d ] && touch $d/written 2>/dev/null && echo $d; done; true"
    )
    assert _run(lab, workload, tries) == ""


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_program_writes_its_volumes_as_its_own_user(
    lab: RunningLab, objects: list[manifests.Object], workload: str
) -> None:
    spec = next(template for name, template in manifests.pod_templates(objects) if name == f"Deployment/{workload}")[
        "spec"
    ]
    mounts = [mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"] if not mount.get("readOnly")]
    tries = "; ".join(f"touch {path}/.written && rm {path}/.written && echo {path}" for path in mounts)
    user = f"{spec['securityContext']['runAsUser']}"
    assert _run(lab, workload, f"id -u; {tries}").split() == [user, *mounts]


def test_the_serving_ollama_cannot_change_its_models(lab: RunningLab) -> None:
    assert _run(lab, "ollama", "touch /models/written 2>/dev/null && echo written; ls /models").split() == [
        "blobs",
        "manifests",
    ]


def test_a_deleted_pod_comes_back_with_its_data(lab: RunningLab) -> None:
    key = lab.secret("gateway-keys/chat")
    answer = stream(lab, "litellm", "/v1/chat/completions", key, "Remember this.")
    before = lab.row("total_tokens", answer.identity)
    for name in ("postgres", "ollama"):
        lab.kubectl("delete", "pod", "-l", f"app.kubernetes.io/name={name}", "--wait=true", timeout=GONE_SECONDS)
        lab.kubectl(
            "rollout", "status", f"deployment/{name}", f"--timeout={READY_SECONDS}s", timeout=READY_SECONDS + 30
        )
    assert lab.row("total_tokens", answer.identity) == before
    again = stream(lab, "litellm", "/v1/chat/completions", key, "And again.")
    assert again.completion_tokens > 0


def test_everything_deleted_but_volumes_and_secrets_comes_back_by_one_apply(lab: RunningLab) -> None:
    users = lab.sql("openwebui", 'select email from "user"')
    kinds = "deployments,jobs,cronjobs,services,configmaps,networkpolicies,ingresses"
    try:
        lab.kubectl(
            "delete", kinds, "-l", f"app.kubernetes.io/part-of={lab.spec.name}", "--wait=true", timeout=GONE_SECONDS
        )
        lab.kubectl("wait", "pod", "--all", "--for=delete", "--timeout=180s", timeout=200, check=False)
    finally:
        lab.node.kubectl("apply", "-f", DIST / lab.spec.name)
        lab.wait_until_ready(READY_SECONDS)
        until(lab.opens, DOOR_SECONDS, "the door is open")
    assert lab.sql("openwebui", 'select email from "user"') == users == [[lab.spec.chat.admin_email]]
    assert _restarts(lab) == 0
    assert lab.token()


def _restarts(lab: RunningLab) -> int:
    pods = json.loads(lab.kubectl("get", "pods", "-o", "json"))["items"]
    return sum(status["restartCount"] for pod in pods for status in pod["status"].get("containerStatuses", []))
