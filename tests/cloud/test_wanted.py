"""What a lab file wants of DigitalOcean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ailab.spec import load
from ailab.spec.droplet import DropletSpec
from infra.cloud.identity import Identity
from infra.cloud.wanted import Goal, Wanted
from infra.errors import LabError
from infra.labs import LABS, ROOT
from tests.cloud.fake.contract import DOCUMENT

IDENTITY = Identity("gpu-lab", "0123456789abcdef0123456789abcdef")
OLLAMA = 'ollama.models = [{ alias = "llama3.1", tag = "llama3.1:8b-instruct-q4_K_M" }]\n'
HEAD = 'name = "x"\ntailnet = "tail1a2b3c"\n'


def _wanted(file: Path) -> Wanted:
    return Wanted.of(load(file), IDENTITY, Goal.RUNNING)


def test_the_default_lab_wants_a_card_with_its_memory() -> None:
    assert _wanted(LABS / "gpu-lab.toml") == Wanted(
        identity=IDENTITY,
        goal=Goal.RUNNING,
        sizes=("gpu-l40sx1-48gb", "gpu-6000adax1-48gb"),
        region="tor1",
        image="ubuntu-24-04-x64",
        gigabytes=300,
        direct_tailscale=False,
    )


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("", ("gpu-l40sx1-48gb",)),
        ('[gpu]\ncard = "h100"\n', ("gpu-h100x1-80gb",)),
        ('[gpu]\ncard = "h100"\ncount = 8\n', ("gpu-h100x8-640gb",)),
        ('[gpu]\ncard = "h100"\n[droplet]\nsizes = ["gpu-h200x1-141gb"]\n', ("gpu-h200x1-141gb",)),
    ],
    ids=["default card", "one card", "eight cards", "named"],
)
def test_the_sizes_have_as_many_cards_as_the_file_says(text: str, sizes: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(HEAD + OLLAMA + text, encoding="utf-8")
    assert _wanted(tmp_path / "x.toml").sizes == sizes


@pytest.mark.parametrize(("size", "gigabytes"), [("200Gi", 200), ("307201Mi", 301), ("16Ti", 16384)])
def test_a_volume_has_whole_gigabytes_up_to_the_most_that_there_is(size: str, gigabytes: int, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(f'{HEAD}{OLLAMA}droplet.volume = "{size}"\n', encoding="utf-8")
    assert _wanted(tmp_path / "x.toml").gigabytes == gigabytes


def test_a_volume_smaller_than_what_the_lab_claims_of_it_is_refused_where_it_shall_run(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(f'{HEAD}{OLLAMA}droplet.volume = "171Gi"\n', encoding="utf-8")
    with pytest.raises(LabError) as refused:
        _wanted(tmp_path / "x.toml")
    assert str(refused.value) == (
        'droplet.volume: "171Gi" in labs/x.toml is less than the 172 GiB that the lab\'s own volumes claim of it; give '
        "more, with room for images, or claim less, for example in ollama.volume"
    )
    assert Wanted.of(load(tmp_path / "x.toml"), IDENTITY, Goal.PARKED).gigabytes == 171


def test_a_lab_without_a_gpu_rents_none_by_itself() -> None:
    with pytest.raises(LabError, match=r"droplet\.sizes: missing in labs/cpu-only\.toml"):
        _wanted(ROOT / "examples/cpu-only.toml")


@pytest.mark.usefixtures("document")
def test_every_region_that_digitaloceans_document_names_may_stand_in_a_lab_file() -> None:
    regions = json.loads(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]["region_slug"]["enum"]
    assert "tor1" in regions
    assert [DropletSpec(region=region).region for region in regions] == regions
