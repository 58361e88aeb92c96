"""Settings that nobody notices until they are wrong, each written out a second time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
import yaml

from infra.labs import DIST, ROOT
from infra.manifests import Object, gibibytes, of_kind, read
from tests.ailab.scene import environment, pod
from tests.policy.pods import containers, running
from tests.policy.seeds import find


@pytest.fixture(scope="module")
def objects() -> Sequence[Object]:
    return read(DIST / "gpu-lab")


@pytest.fixture(scope="module")
def gateway(objects: Sequence[Object]) -> Mapping[str, Mapping[str, object]]:
    config: dict[str, dict[str, object]] = yaml.safe_load(find(objects, "ConfigMap/litellm")["data"]["config.yaml"])
    return config


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
    seconds = {"ingress": 30, "litellm": 150, "ollama": 30, "open-webui": 30, "postgres": 60}
    stops = {name: pod(objects, f"Deployment/{name}")["terminationGracePeriodSeconds"] for name in seconds}
    assert stops == seconds


def test_a_program_has_the_time_that_it_needs_to_start(objects: Sequence[Object]) -> None:
    seconds = {
        "DaemonSet/dcgm-exporter/dcgm-exporter": 120,
        "Deployment/deepseek-r1-vllm/vllm": 1200,
        "Deployment/grafana/grafana": 180,
        "Deployment/ingress/controller": 60,
        "Deployment/litellm/litellm": 300,
        "Deployment/neo4j/neo4j": 600,
        "Deployment/ollama/ollama": 60,
        "Deployment/open-webui/open-webui": 300,
        "Deployment/phoenix/phoenix": 300,
        "Deployment/postgres/postgres": 150,
        "Deployment/postgres/roles": 180,
        "Deployment/prometheus/prometheus": 300,
        "Deployment/searxng/searxng": 180,
    }
    probes = {name: box["startupProbe"] for name, box in running(objects) if "startupProbe" in box}
    assert {name: probes[name]["failureThreshold"] * probes[name]["periodSeconds"] for name in seconds} == seconds


def test_a_rollout_is_given_up_only_after_its_programs_could_have_started(objects: Sequence[Object]) -> None:
    for item in of_kind(objects, "Deployment"):
        probes = [box["startupProbe"] for box in item["spec"]["template"]["spec"]["containers"]]
        longest = max(probe["failureThreshold"] * probe["periodSeconds"] for probe in probes)
        assert item["spec"]["progressDeadlineSeconds"] > longest


def test_an_answer_may_take_ten_minutes(gateway: Mapping[str, Mapping[str, object]]) -> None:
    assert gateway["litellm_settings"]["request_timeout"] == 600
    assert gateway["router_settings"]["timeout"] == 600
    assert gateway["router_settings"]["stream_timeout"] == 600


def test_the_gateway_keeps_what_was_asked_and_frees_the_gpu_of_whoever_left(
    gateway: Mapping[str, Mapping[str, object]],
) -> None:
    assert gateway["general_settings"] == {
        "master_key": "os.environ/LITELLM_MASTER_KEY",
        "database_url": "os.environ/DATABASE_URL",
        "database_connection_pool_limit": 10,
        "store_prompts_in_spend_logs": True,
        "maximum_spend_logs_retention_period": "30d",
        "proxy_batch_write_at": 10,
        "user_api_key_cache_ttl": 3600,
        "cancel_on_disconnect": True,
        "trusted_proxy_ranges": ["10.42.0.0/16"],
    }


def test_nobody_sees_a_dashboard_without_the_administrator_s_password(objects: Sequence[Object]) -> None:
    settings = environment(pod(objects, "Deployment/grafana")["containers"][0])
    doors = ("GF_AUTH", "GF_SECURITY", "GF_USERS", "GF_FEATURE", "GF_SNAPSHOTS", "GF_PUBLIC")
    assert {name: value for name, value in settings.items() if name.startswith(doors)} == {
        "GF_AUTH_ANONYMOUS_ENABLED": "false",
        "GF_SECURITY_ADMIN_USER": "admin",
        "GF_SECURITY_ADMIN_PASSWORD": "grafana/admin-password",
        "GF_SECURITY_SECRET_KEY": "grafana/secret-key",
        "GF_USERS_ALLOW_SIGN_UP": "false",
    }


def test_phoenix_asks_who_comes_reaches_nothing_outside_and_runs_no_code(objects: Sequence[Object]) -> None:
    assert environment(pod(objects, "Deployment/phoenix")["containers"][0]) == {
        "PHOENIX_PORT": "6006",
        "PHOENIX_GRPC_PORT": "4317",
        "PHOENIX_ROOT_URL": "https://phoenix.example-tailnet.ts.net",
        "PHOENIX_ENABLE_AUTH": "true",
        "PHOENIX_SECRET": "phoenix/session-key",
        "PHOENIX_ADMIN_SECRET": "phoenix/access-key",
        "PHOENIX_DEFAULT_ADMIN_INITIAL_PASSWORD": "phoenix/admin-password",
        "PHOENIX_DEFAULT_RETENTION_POLICY_DAYS": "30",
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
        "PHOENIX_ENABLE_MCP_SERVER": "false",
        "PHOENIX_ALLOWED_SANDBOX_PROVIDERS": "NONE",
        "PHOENIX_SQL_DATABASE_URL": "postgresql://phoenix:$(DATABASE_PASSWORD)@postgres:5432/phoenix",
        "DATABASE_PASSWORD": "phoenix-database/password",
        "HOME": "/tmp",  # noqa: S108 - path in the image
    }


def test_the_graph_asks_for_its_password(objects: Sequence[Object]) -> None:
    settings = environment(pod(objects, "Deployment/neo4j")["containers"][0])
    assert {name: value for name, value in settings.items() if re.search("AUTH|auth|PASSWORD", name)} == {
        "GRAPH_PASSWORD": "neo4j/password",
        "NEO4J_AUTH": "neo4j/$(GRAPH_PASSWORD)",
        "NEO4J_dbms_security_auth__enabled": "true",
    }


def test_the_ingress_controller_serves_routes_and_nothing_of_its_own(objects: Sequence[Object]) -> None:
    assert pod(objects, "Deployment/ingress")["containers"][0]["args"] == [
        "-nginx-configmaps=ai-lab/ingress",
        "-ingress-class=gpu-lab-ingress",
        "-watch-namespace=ai-lab",
        "-watch-secret-namespace=kube-public",
        "-enable-custom-resources=false",
        "-enable-snippets=false",
        "-enable-leader-election=false",
        "-enable-telemetry-reporting=false",
        "-nginx-status=false",
        "-default-http-listener-port=8080",
        "-default-https-listener-port=8443",
        "-ready-status-port=8081",
        "-log-format=json",
    ]


def test_prometheus_forgets_after_its_time_and_lets_nobody_delete_or_stop(objects: Sequence[Object]) -> None:
    (server,) = pod(objects, "Deployment/prometheus")["containers"]
    assert server["args"] == [
        "--config.file=/etc/prometheus/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        "--storage.tsdb.retention.time=15d",
        "--web.listen-address=:9090",
    ]


def test_postgresql_leaves_more_than_half_of_its_memory_to_its_connections(objects: Sequence[Object]) -> None:
    server = pod(objects, "Deployment/postgres")["containers"][0]
    assert server["args"] == ["-c", "max_connections=200", "-c", "shared_buffers=256MB"]
    assert gibibytes("256Mi") < gibibytes(server["resources"]["limits"]["memory"]) / 2


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
    sessions = re.findall(r"<<'SQL'[^\n]*\n(.*?)\nSQL\n", script, flags=re.DOTALL)
    assert [statements.split("\n")[0] for statements in sessions if "password" in statements] == [
        "SET log_min_error_statement TO panic;"
    ] * 2
    assert len(sessions) == script.count("<<'SQL'") == 3
