"""Every object is one that the lab's version of Kubernetes knows, field by field."""

from __future__ import annotations

from pathlib import Path

import pytest

from ailab.spec import load
from ailab.spec.parts import TAKEN
from infra import manifests
from infra.labs import DIST, LABS
from tests import schemas
from tests.lab_files import VALID
from tests.synthesis import manifests_of


def test_the_committed_objects_fit_their_schemas() -> None:
    found = [item for folder in DIST.iterdir() for item in manifests.read(folder)]
    assert found
    assert [fault for item in found for fault in schemas.faults(item)] == []


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_the_objects_of_every_valid_file_fit_their_schemas(file: Path) -> None:
    assert [fault for item in manifests_of(file) for fault in schemas.faults(item)] == []


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_no_two_objects_of_a_lab_are_the_same_one(file: Path) -> None:
    names = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in manifests_of(file)]
    assert len(set(names)) == len(names)


def test_every_name_that_the_lab_takes_itself_is_refused_to_a_vllm_server() -> None:
    """Else an alias in a lab file gives two parts one name."""
    servers = {name for server in load(LABS / "gpu-lab.toml").vllm for name in (server.alias, f"{server.alias}-fetch")}
    policies = manifests.of_kind(manifests.read(DIST / "gpu-lab"), "NetworkPolicy")
    assert {item["metadata"]["name"] for item in policies} == {*TAKEN, *servers}


def test_a_field_that_does_not_exist_is_refused_at_any_depth() -> None:
    [deployment] = (
        item
        for item in manifests.of_kind(manifests.read(DIST / "gpu-lab"), "Deployment")
        if item["metadata"]["name"] == "litellm"
    )
    deployment["spec"]["template"]["spec"]["containers"][0]["resource"] = {}
    place = "Deployment/litellm: spec.template.spec.containers.0"
    assert schemas.faults(deployment) == [f"{place}: Additional properties are not allowed ('resource' was unexpected)"]


def test_a_field_that_argo_cd_does_not_have_is_refused_too() -> None:
    [applications] = manifests.of_kind(manifests.read(DIST / "argocd"), "ApplicationSet")
    applications["spec"]["template"]["spec"]["syncPolicy"]["automatic"] = {}
    place = "ApplicationSet/labs: spec.template.spec.syncPolicy"
    assert schemas.faults(applications) == [
        f"{place}: Additional properties are not allowed ('automatic' was unexpected)"
    ]


def test_a_value_of_the_wrong_type_is_refused() -> None:
    namespace = next(manifests.of_kind(manifests.read(DIST / "gpu-lab"), "Namespace"))
    namespace["metadata"]["labels"]["number"] = 1
    assert schemas.faults(namespace) == ['Namespace/ai-lab: metadata.labels.number: 1 is not of types "null", "string"']
