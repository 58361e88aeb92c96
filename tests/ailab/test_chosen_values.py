"""What a lab file chooses stands in the manifests where it counts, value by value."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import yaml

from infra.manifests import Object, of_kind
from tests.ailab.scene import environment, pod
from tests.lab_files import valid
from tests.policy.seeds import find
from tests.synthesis import manifests_of


@pytest.fixture
def networks() -> Sequence[Object]:
    return manifests_of(valid("own-networks"))


@pytest.fixture
def sizes() -> Sequence[Object]:
    return manifests_of(valid("own-storage-and-sizes"))


def _gateway(objects: Sequence[Object]) -> Object:
    settings: Object = yaml.safe_load(find(objects, "ConfigMap/litellm")["data"]["config.yaml"])["general_settings"]
    return settings


def test_everything_lives_in_the_chosen_namespace(networks: Sequence[Object]) -> None:
    namespaced = {item["metadata"].get("namespace") for item in networks}
    # kube-public: where the ingress controller looks for certificates, and finds none.
    assert namespaced == {"my-lab", "own-networks-system", "kube-public", None}
    assert [item["metadata"]["name"] for item in of_kind(networks, "Namespace")] == ["my-lab", "own-networks-system"]
    arguments = pod(networks, "Deployment/ingress")["containers"][0]["args"]
    assert {"-watch-namespace=my-lab", "-nginx-configmaps=my-lab/ingress"} <= set(arguments)


def test_the_ingress_reaches_the_api_server_at_its_port(networks: Sequence[Object]) -> None:
    rules = find(networks, "NetworkPolicy/ingress")["spec"]["egress"]
    assert [rule["ports"] for rule in rules if rule["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}]] == [
        [{"port": 443, "protocol": "TCP"}]
    ]


def test_the_ingress_has_the_chosen_address(networks: Sequence[Object]) -> None:
    assert find(networks, "Service/ingress")["spec"]["clusterIP"] == "172.20.0.80"


def test_the_gateway_believes_the_chosen_pods_about_who_asks(networks: Sequence[Object]) -> None:
    assert _gateway(networks)["trusted_proxy_ranges"] == ["172.21.0.0/16"]


def test_both_services_have_their_short_and_their_long_host_name(networks: Sequence[Object]) -> None:
    hosts = {
        item["metadata"]["name"]: [rule["host"] for rule in item["spec"]["rules"]]
        for item in of_kind(networks, "Ingress")
    }
    assert hosts == {
        "open-webui": ["openwebui.tail1a2b3c.ts.net", "openwebui.own-networks.tail1a2b3c.ts.net"],
        "litellm": ["litellm.tail1a2b3c.ts.net", "litellm.own-networks.tail1a2b3c.ts.net"],
        "phoenix": ["phoenix.tail1a2b3c.ts.net", "phoenix.own-networks.tail1a2b3c.ts.net"],
        "grafana": ["grafana.tail1a2b3c.ts.net", "grafana.own-networks.tail1a2b3c.ts.net"],
    }


def test_every_program_may_take_the_chosen_memory(sizes: Sequence[Object]) -> None:
    programs = (
        "postgres",
        "litellm",
        "open-webui",
        "ollama",
        "phoenix",
        "prometheus",
        "grafana",
        "searxng",
        "neo4j",
    )
    limits = {
        name: pod(sizes, f"Deployment/{name}")["containers"][0]["resources"]["limits"]["memory"] for name in programs
    }
    assert limits == {
        "postgres": "1024Mi",
        "litellm": "4Gi",
        "open-webui": "6Gi",
        "ollama": "12Gi",
        "phoenix": "3Gi",
        "prometheus": "4Gi",
        "grafana": "2Gi",
        "searxng": "2Gi",
        "neo4j": "8Gi",
    }


def test_every_volume_has_the_chosen_size_and_class(sizes: Sequence[Object]) -> None:
    claims = {
        item["metadata"]["name"]: (item["spec"]["resources"]["requests"]["storage"], item["spec"]["storageClassName"])
        for item in of_kind(sizes, "PersistentVolumeClaim")
    }
    assert claims == {
        "postgres-data": ("1Ti", "do-block-storage"),
        "open-webui-data": ("2Gi", "do-block-storage"),
        "ollama-models": ("200Gi", "do-block-storage"),
        "postgres-dumps": ("30Gi", "local-path"),
        "prometheus-data": ("40Gi", "do-block-storage"),
        "grafana-data": ("1Gi", "do-block-storage"),
        "neo4j-data": ("50Gi", "do-block-storage"),
        "neo4j-dumps": ("30Gi", "local-path"),
    }


def test_without_a_chosen_class_volumes_get_the_cluster_s_own(networks: Sequence[Object]) -> None:
    claims = list(of_kind(networks, "PersistentVolumeClaim"))
    assert claims
    assert not any("storageClassName" in item["spec"] for item in claims)


def test_the_database_takes_the_chosen_connections(sizes: Sequence[Object]) -> None:
    assert "max_connections=1000" in pod(sizes, "Deployment/postgres")["containers"][0]["args"]


def test_the_database_s_own_cache_is_an_eighth_of_the_chosen_memory(sizes: Sequence[Object]) -> None:
    assert "shared_buffers=128MB" in pod(sizes, "Deployment/postgres")["containers"][0]["args"]


def test_requests_are_kept_for_the_chosen_time(sizes: Sequence[Object]) -> None:
    assert _gateway(sizes)["maximum_spend_logs_retention_period"] == "12h"


def test_the_administrator_has_the_chosen_address(sizes: Sequence[Object]) -> None:
    variables = environment(pod(sizes, "Deployment/open-webui")["containers"][0])
    assert variables["WEBUI_ADMIN_EMAIL"] == "me@example.org"


def test_ollama_keeps_the_chosen_context_and_gpu() -> None:
    server = pod(manifests_of(valid("on-the-cpu")), "Deployment/ollama")["containers"][0]
    assert environment(server)["OLLAMA_CONTEXT_LENGTH"] == "2048"
    assert "nvidia.com/gpu" not in server["resources"]["limits"]
