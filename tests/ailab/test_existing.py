"""What is there already is used, and nothing is made in its place."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import pytest

from ailab import ExistingIngress, ExistingPostgres, WebRoute
from ailab.spec.postgres import ExistingPostgresSpec
from infra.manifests import Object, of_kind
from tests.ailab.scene import Scene, ends, environment, pod
from tests.lab_files import valid
from tests.policy.internet import ANY_ADDRESS, internet
from tests.policy.secret_references import secret_references
from tests.policy.seeds import Seed, find, put
from tests.synthesis import manifests_of

HOSTS = ("openwebui.tail.ts.net",)
SERVER = ExistingPostgresSpec(network="10.20.0.5/32", port=25060)
A_PASSWORD = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "litellm-database", "key": "password"}}}


@pytest.fixture
def found() -> Sequence[Object]:
    """Make the manifests of a lab that makes neither."""
    return manifests_of(valid("what-the-cluster-has"))


def test_the_gateway_gets_its_url_as_a_secret_and_a_way_to_the_server_alone(scene: Scene) -> None:
    scene.gateway().stores_in(ExistingPostgres(SERVER))
    objects = scene.objects()
    gateway = pod(objects, "Deployment/litellm")
    variables = environment(gateway["containers"][0])
    assert variables["DATABASE_URL"] == "databases/LITELLM_DATABASE_URL"  # and no `?`: it waits for it
    assert "DATABASE_PASSWORD" not in variables
    assert "initContainers" not in gateway
    assert ends(objects) == {
        ("litellm", "database", 25060),
        ("litellm", "internet", 443),
        ("virtual-keys", "litellm", 4000),
    }
    rules = find(objects, "NetworkPolicy/litellm")["spec"]["egress"]
    assert {
        "to": [{"ipBlock": {"cidr": "10.20.0.5/32"}}],
        "ports": [{"port": 25060, "protocol": "TCP"}],
    } in rules


def test_a_route_of_an_existing_class_lets_the_controllers_namespace_in_and_nobody_else(scene: Scene) -> None:
    ExistingIngress("traefik", "kube-system").publishes(WebRoute(service=scene.chat(), hosts=HOSTS, websocket=True))
    objects = scene.objects()
    ingress = find(objects, "Ingress/open-webui")
    assert ingress["spec"]["ingressClassName"] == "traefik"
    # The lab's own controller listens on a port of its own, and Tailscale stands before it alone.
    assert {"nginx.org/listen-ports", "nginx.org/redirect-to-https"}.isdisjoint(ingress["metadata"]["annotations"])
    assert find(objects, "NetworkPolicy/open-webui")["spec"]["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
            "ports": [{"port": 8080, "protocol": "TCP"}],
        }
    ]
    assert ends(objects) == {("ingress-controller", "open-webui", 8080)}


def test_a_lab_makes_nothing_of_what_it_finds(found: Sequence[Object]) -> None:
    names = {item["metadata"]["name"] for item in of_kind(found, "Deployment", "DaemonSet", "CronJob")}
    assert names & {"postgres", "postgres-dumps", "ingress", "device-plugin", "node-exporter", "dcgm-exporter"} == set()
    made = {item["kind"] for item in found}
    assert made & {"IngressClass", "ClusterRole", "ClusterRoleBinding", "RuntimeClass"} == set()


@pytest.mark.parametrize(
    "seed",
    [
        put("NetworkPolicy/litellm", "spec egress 0 to 0", to={"ipBlock": ANY_ADDRESS}),
        put("NetworkPolicy/litellm", "spec egress 0 to 0", to={"ipBlock": {"cidr": "10.0.0.0/8"}}),
        put("NetworkPolicy/litellm", "spec egress 0 to 0", to={"ipBlock": {"cidr": "169.254.169.254/32"}}),
        put("NetworkPolicy/ollama", "spec egress 0 to 0", to={"ipBlock": {"cidr": "10.20.0.5/32"}}),
    ],
    ids=["every address", "too many addresses", "the metadata address", "another program"],
)
def test_the_gate_finds_a_wrong_way_to_the_database(found: Sequence[Object], seed: Seed) -> None:
    mutant = list(deepcopy(found))
    put("NetworkPolicy/ollama", "spec egress", to=[{"to": [{}]}])(mutant)
    seed(mutant)
    assert list(internet(found)) == []
    assert len(list(internet(mutant))) == 1


def test_the_gate_finds_the_password_of_a_server_that_is_not_there(found: Sequence[Object]) -> None:
    mutant = list(deepcopy(found))
    put("Deployment/litellm", "spec template spec containers 0 env 0", to=A_PASSWORD)(mutant)
    assert list(secret_references(found)) == []
    assert "litellm-database/password: is read by ['litellm'], but the table says []" in secret_references(mutant)
