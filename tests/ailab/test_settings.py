"""Settings that nobody notices until they are wrong, each written out a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
import yaml

from infra.labs import DIST, ROOT
from infra.manifests import Object, of_kind, read
from tests.ailab.scene import environment, pod
from tests.policy.pods import containers, running
from tests.policy.seeds import find


@pytest.fixture(scope="module")
def objects() -> Sequence[Object]:
    return read(DIST / "gpu-lab")


@pytest.fixture(scope="module")
def chat(objects: Sequence[Object]) -> Mapping[str, str]:
    return environment(pod(objects, "Deployment/open-webui")["containers"][0])


def test_a_person_of_the_chat_is_a_user_whom_the_administrator_made(chat: Mapping[str, str]) -> None:
    assert chat["ENABLE_SIGNUP"] == "false"
    assert chat["DEFAULT_USER_ROLE"] == "user"
    assert chat["JWT_EXPIRES_IN"] == "7d"


def test_the_environment_is_the_chat_s_only_configuration(chat: Mapping[str, str]) -> None:
    assert chat["ENABLE_PERSISTENT_CONFIG"] == "false"
    assert chat["ENABLE_OLLAMA_API"] == "false"


def test_a_program_that_waits_for_another_is_not_restarted_for_it(objects: Sequence[Object]) -> None:
    """Readiness of the gateway and the chat asks their database too; liveness asks the program alone."""
    probes = {name: box["livenessProbe"] for name, box in running(objects) if "livenessProbe" in box}
    paths = {
        "Deployment/ingress/controller": "/nginx-ready",
        "Deployment/litellm/litellm": "/health/liveliness",
        "Deployment/ollama/ollama": "/",
        "Deployment/open-webui/open-webui": "/health",
    }
    assert {name: probes[name]["httpGet"]["path"] for name in paths} == paths
    assert [name for name, probe in probes.items() if probe["failureThreshold"] < 3] == []


def test_a_program_has_the_time_that_it_needs_to_stop(objects: Sequence[Object]) -> None:
    seconds = {"ingress": 30, "litellm": 90, "ollama": 30, "open-webui": 30, "postgres": 60}
    stops = {name: pod(objects, f"Deployment/{name}")["terminationGracePeriodSeconds"] for name in seconds}
    assert stops == seconds


def test_a_rollout_is_given_up_only_after_its_programs_could_have_started(objects: Sequence[Object]) -> None:
    for item in of_kind(objects, "Deployment"):
        probes = [box["startupProbe"] for box in item["spec"]["template"]["spec"]["containers"]]
        longest = max(probe["failureThreshold"] * probe["periodSeconds"] for probe in probes)
        assert item["spec"]["progressDeadlineSeconds"] > longest


def test_an_answer_may_take_ten_minutes(objects: Sequence[Object]) -> None:
    config = yaml.safe_load(find(objects, "ConfigMap/litellm")["data"]["config.yaml"])
    assert config["litellm_settings"]["request_timeout"] == 600
    assert config["router_settings"]["timeout"] == 600
    assert config["router_settings"]["stream_timeout"] == 600


def test_pods_are_judged_by_the_rules_of_one_kubernetes(objects: Sequence[Object]) -> None:
    labels = find(objects, "Namespace/ai-lab")["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.36"


def test_the_ingress_controller_alone_has_a_capability_and_it_is_this_one(objects: Sequence[Object]) -> None:
    given = {
        name: added
        for name, box in containers(objects)
        if (added := box["securityContext"].get("capabilities", {}).get("add")) is not None
    }
    assert given == {
        "Deployment/ingress/seed": ["NET_BIND_SERVICE"],
        "Deployment/ingress/controller": ["NET_BIND_SERVICE"],
    }


def test_a_download_outlasts_an_hour_of_the_registry_s_absence(objects: Sequence[Object]) -> None:
    job = find(objects, "Job/ollama-pull")["spec"]
    assert job["template"]["spec"]["restartPolicy"] == "OnFailure"
    # The kubelet's pauses between restarts (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/).
    pauses = [min(10 * 2**restart, 300) for restart in range(job["backoffLimit"])]
    assert sum(pauses) > 3600


def test_a_database_is_its_owner_s_alone_and_no_password_is_logged() -> None:
    """What the statements do, `tests/programs` asks a real server; here stands that they are there."""
    script = (ROOT / "constructs" / "ailab" / "scripts" / "roles.sh").read_text(encoding="utf-8")
    assert 'REVOKE ALL ON DATABASE :"role" FROM PUBLIC;' in script
    sessions = script.split("<<'SQL'\n")[1:]
    assert sessions
    for statements in sessions:
        assert statements.startswith("SET log_min_error_statement TO panic;")
