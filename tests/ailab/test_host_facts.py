"""What the host of a lab is told, and that it is what the lab's manifests say."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from ailab.host_facts import Gpu, HostFacts, Web
from ailab.spec import LabSpec, load
from ailab.spec.lab import Feature
from infra.labs import DIST, HOST_FACTS, LABS
from infra.manifests import of_kind, read
from testnode.binaries import KUBERNETES
from tests.lab_files import MINIMAL, VALID

LAB_FILES = sorted(LABS.glob("*.toml"))


def _facts(more: str = "") -> HostFacts:
    return HostFacts.of(LabSpec.model_validate(tomllib.loads(MINIMAL + more)))


def test_the_committed_facts_are_what_the_lab_files_say() -> None:
    made = {f"{file.stem}.json": HostFacts.of(load(file)).json() for file in LAB_FILES}
    committed = {file.name: file.read_text(encoding="utf-8") for file in HOST_FACTS.iterdir()}
    assert committed == made, "nixos/labs/ is stale: run ./lab synth and commit it"


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_the_facts_of_every_lab_are_json_and_nothing_is_lost(file: Path) -> None:
    facts = HostFacts.of(load(file))
    assert json.loads(facts.json()) == json.loads(json.dumps(asdict(facts)))


@pytest.mark.parametrize("file", LAB_FILES, ids=lambda file: file.stem)
def test_host_and_manifests_agree(file: Path) -> None:
    spec = load(file)
    facts, objects = HostFacts.of(spec), read(DIST / spec.name)
    services = {item["metadata"]["name"]: item["spec"] for item in of_kind(objects, "Service")}
    assert facts.web is not None
    door = services["ingress"]
    assert (facts.web.address, facts.web.port) == (door["clusterIP"], door["ports"][0]["port"])
    hosts = {rule["host"] for item in of_kind(objects, "Ingress") for rule in item["spec"]["rules"]}
    assert {host for service in spec.published for host in spec.hosts(service)} == hosts
    assert {*facts.web.hosts} <= hosts
    pods = {item["metadata"]["name"]: item["spec"]["template"]["spec"] for item in of_kind(objects, "Deployment")}
    assert facts.k3s.labels == tuple(f"{key}={value}" for key, value in pods["ingress"]["nodeSelector"].items())
    assert bool(facts.gpu) == any("runtimeClassName" in pod for pod in pods.values())
    [plugin] = [item for item in of_kind(objects, "DaemonSet") if item["metadata"]["name"] == "device-plugin"]
    variables = {item["name"]: item["value"] for item in plugin["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert facts.gpu == Gpu(device_names=variables["DEVICE_ID_STRATEGY"])


def test_the_cluster_on_the_host_is_of_the_minor_that_the_tests_run_on() -> None:
    assert KUBERNETES.startswith(f"{_facts().k3s.version}.")


def test_a_lab_without_chat_and_observability_publishes_only_the_gateway() -> None:
    web = _facts('without = ["chat", "search", "observability"]').web
    assert web == Web(
        exposure="services",
        address="10.43.0.80",
        port=80,
        hosts=("litellm.tail1a2b3c.ts.net",),
    )


@pytest.mark.parametrize("feature", Feature)
def test_a_lab_with_everything_publishes_what_the_smaller_one_does(feature: Feature) -> None:
    whole = LabSpec.model_validate(tomllib.loads(MINIMAL))
    smaller = whole.model_copy(update={"without": (feature,)})
    assert set(smaller.published) <= set(whole.published)


@pytest.mark.parametrize("exposure", ["hosts", "split-dns"])
def test_in_the_modes_without_tailscales_services_the_long_names_are_served(exposure: str) -> None:
    web = _facts(f'web.exposure = "{exposure}"').web
    assert web is not None
    assert web.exposure == exposure
    assert web.hosts[0] == "litellm.minimal.tail1a2b3c.ts.net"


def test_where_the_cluster_has_an_ingress_controller_nothing_is_forwarded() -> None:
    assert _facts('web.existing = { class = "traefik", namespace = "kube-system" }').web is None


def test_a_lab_on_the_cpu_has_no_gpu() -> None:
    assert _facts("ollama.gpu = false").gpu is None
