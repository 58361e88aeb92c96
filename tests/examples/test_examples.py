"""Each example is short, whole and good: what a person would begin with."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.manifests import Object, of_kind
from infra.process import run
from tests import schemas
from tests.examples.contents import FILES, SECONDS, contents, make, page_of
from tests.policy.budget import budget
from tests.policy.gates import GATES, Gate
from tests.policy.publication import publication

LONGEST = 30
PAGE = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def example(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


@pytest.fixture(scope="module")
def objects(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Object]:
    return make(example, tmp_path_factory.mktemp(example.stem))


def test_there_are_four() -> None:
    assert [file.name for file in FILES] == [
        "company-cluster.toml",
        "cpu-only.toml",
        "gateway_with_observability.py",
        "two-vllm-servers.toml",
    ]


def test_an_example_is_short(example: Path) -> None:
    assert len(example.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_an_example_makes_what_its_page_says(example: Path, objects: Sequence[Object]) -> None:
    told = "see what changed, then: python -m tests.examples.contents"
    assert contents(objects) == page_of(example).read_text(encoding="utf-8"), told


def test_the_objects_of_an_example_fit_their_schemas(objects: Sequence[Object]) -> None:
    assert [fault for item in objects for fault in schemas.faults(item)] == []


# How large a lab may be is its owner's choice, and one of the examples opens no service to browsers.
@pytest.mark.parametrize("gate", [gate for gate in GATES if gate is not budget], ids=lambda gate: gate.__name__)
def test_an_example_keeps_the_promise(example: Path, objects: Sequence[Object], gate: Gate) -> None:
    if gate is publication and example.suffix == ".py":
        assert list(of_kind(objects, "Ingress")) == []
    else:
        assert list(gate(objects)) == []


def test_the_page_of_the_examples_names_each_and_nothing_that_is_not_there() -> None:
    links = {part.partition(")")[0] for part in PAGE.split("](")[1:]}
    assert {file.name for file in FILES} <= links
    assert {link for link in links if not (ROOT / "examples" / link).exists()} == set()


def test_the_commands_of_the_page_make_an_example_that_is_a_program_and_apply_what_it_makes(tmp_path: Path) -> None:
    block = PAGE.partition("## gateway_with_observability.py")[2].split("```console\n")[1].partition("```")[0]
    make_it, apply_it, *_ = block.splitlines()
    (tmp_path / ".venv").symlink_to(sys.prefix)  # where `./lab` installs, and all that a checkout has of it
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    run(shlex.split(make_it), cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, timeout=SECONDS)
    [made] = {path.name for path in tmp_path.iterdir()} - {".venv", "examples"}
    assert apply_it == f"kubectl apply -f {made}"
    assert len(list((tmp_path / made).glob("*.yaml"))) == 1
