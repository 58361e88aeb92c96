"""The constructs without `Lab`: in a chart of one's own, beside constructs of cdk8s-plus."""

from __future__ import annotations

import cdk8s
import pytest
import yaml
from cdk8s import App, Chart
from cdk8s_plus_27 import ContainerProps, Deployment

import ailab
from ailab import LlmGateway, Postgres
from ailab.spec.lab import GatewaySpec
from ailab.spec.postgres import PostgresSpec
from ailab.spec.providers import Provider, ProvidersSpec
from infra.manifests import Object
from tests import schemas


class Team(Chart):
    """A gateway with its database, and a program of one's own."""

    def __init__(self, app: App) -> None:
        super().__init__(app, "team", namespace="team")
        postgres = Postgres(self, "postgres", PostgresSpec())
        providers = ProvidersSpec(openai=Provider(models={"gpt": "gpt-6.1-sol"}))
        gateway = LlmGateway(self, "litellm", GatewaySpec(), providers=providers, pod_network="10.42.0.0/16")
        gateway.stores_in(postgres)
        Deployment(self, "own", containers=[ContainerProps(image="registry.example/own:1", port=8080)])


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    return [*cdk8s.Testing.synth(Team(cdk8s.Testing.app()))]


def _names(objects: list[Object], kind: str) -> list[str]:
    return [item["metadata"]["name"] for item in objects if item["kind"] == kind]


def test_parts_compose_with_constructs_of_cdk8s_plus(objects: list[Object]) -> None:
    own, *others = sorted(_names(objects, "Deployment"), key=lambda name: name in {"litellm", "postgres"})
    assert own.startswith("team-own-")
    assert sorted(others) == ["litellm", "postgres"]
    assert {item["metadata"]["namespace"] for item in objects} == {"team"}
    assert [fault for item in objects for fault in schemas.faults(item)] == []


def test_the_verb_alone_gives_the_gateway_its_database(objects: list[Object]) -> None:
    [gateway] = (item for item in objects if (item["kind"], item["metadata"]["name"]) == ("Deployment", "litellm"))
    env = {entry["name"]: entry for entry in gateway["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env["DATABASE_URL"]["value"] == "postgresql://litellm:$(DATABASE_PASSWORD)@postgres:5432/litellm"
    assert env["DATABASE_PASSWORD"]["valueFrom"] == {"secretKeyRef": {"name": "litellm-database", "key": "password"}}


def test_the_gateway_lists_the_providers_models_without_any_local_one(objects: list[Object]) -> None:
    [config] = (item for item in objects if (item["kind"], item["metadata"]["name"]) == ("ConfigMap", "litellm"))
    models = yaml.safe_load(config["data"]["config.yaml"])["model_list"]
    assert [model["model_name"] for model in models] == ["gpt"]


def test_a_chart_without_a_namespace_is_told_to_get_one() -> None:
    chart = Chart(cdk8s.Testing.app(), "homeless")
    with pytest.raises(
        ValueError, match=r"^chart 'homeless' has no namespace; make it with Chart\(\.\.\., namespace=\.\.\.\)$"
    ):
        Postgres(chart, "postgres", PostgresSpec())


def test_the_package_gives_what_it_names_and_nothing_else() -> None:
    assert sorted(ailab.__all__) == ailab.__all__
    assert all(getattr(ailab, name) for name in ailab.__all__)
    with pytest.raises(AttributeError, match="module 'ailab' has no attribute 'Helm'"):
        _ = ailab.Helm
