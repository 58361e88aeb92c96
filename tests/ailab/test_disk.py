"""What a lab file says of its disk is what its manifests claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from ailab.spec import LabSpec, load
from ailab.spec.disk import claimed
from ailab.spec.values import gib
from infra.labs import ROOT
from infra.manifests import of_kind
from tests.synthesis import synthesize

FILES = sorted([*(ROOT / "labs").glob("*.toml"), *(ROOT / "examples").glob("*.toml")])
WHOLE = {
    "name": "gpu-lab",
    "tailnet": "tail1a2b3c",
    "ollama": {"models": [{"alias": "llama3.1", "tag": "llama3.1:8b-instruct-q4_K_M"}]},
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_claims_of_the_clusters_own_class_are_those_of_the_manifests(file: Path) -> None:
    spec = load(file)
    claims = of_kind(synthesize(spec), "PersistentVolumeClaim")
    sizes = [
        gib(claim["spec"]["resources"]["requests"]["storage"])
        for claim in claims
        if "storageClassName" not in claim["spec"]
    ]
    assert claimed(spec) == sum(sizes)


@pytest.mark.parametrize(
    ("more", "claims"),
    [
        ({}, 172),
        ({"storage": {"class": "do-block-storage"}}, 0),
        ({"backup": {"class": "do-block-storage"}}, 132),
        ({"without": ["graph", "chat", "search", "observability"]}, 100),
    ],
    ids=["all", "volumes elsewhere", "dumps elsewhere", "models alone"],
)
def test_what_lies_elsewhere_or_is_left_out_claims_nothing(more: dict[str, object], claims: float) -> None:
    assert claimed(LabSpec.model_validate({**WHOLE, **more})) == claims
