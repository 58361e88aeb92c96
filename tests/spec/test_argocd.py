"""`argocd.toml`: what loads, and every word of what is said about one that does not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from ailab.spec import ArgoCdSpec, LabSpec, SpecError, apart, load, load_argocd
from infra.labs import ROOT
from tests.lab_files import MINIMAL

HOW: Final = "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories"
CREDENTIAL: Final = (
    'repository: has a credential in it, which would stand in dist/; give "https://git.example/lab.git", '
    f"and Argo CD the credential: {HOW}"
)
NO_ADDRESS: Final = (
    'is no address of a repository; give one such as "https://git.example/you/gpu-lab.git" '
    'or "git@git.example:you/gpu-lab.git"'
)


def _lab(**values: str) -> LabSpec:
    model = {"alias": "llama3.1", "tag": "llama3.1:8b-instruct-q4_K_M"}
    return LabSpec.model_validate(
        {"name": "minimal", "tailnet": "tail1a2b3c", "ollama": {"models": [model]}, **values},
    )


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("argocd.toml")


def test_the_committed_file_loads() -> None:
    assert load_argocd(ROOT / "argocd.toml") == ArgoCdSpec(
        repository="https://git.example/you/gpu-lab.git", revision="main"
    )


def test_without_the_file_there_is_no_argo_cd(file: Path) -> None:
    assert load_argocd(file) is None


@pytest.mark.parametrize(
    "repository",
    [
        "https://git.example/you/lab.git",
        "ssh://git@git.example:2222/you/lab.git",
        "git@git.example:you/lab.git",
        "file:///srv/lab.git",
    ],
)
def test_what_git_takes_for_an_address_loads(file: Path, repository: str) -> None:
    file.write_text(f'repository = "{repository}"\nrevision = "release/1.0"\n', encoding="utf-8")
    assert load_argocd(file) == ArgoCdSpec(repository=repository, revision="release/1.0")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param(
            "",
            [
                'repository: missing; add repository = "https://git.example/you/gpu-lab.git"',
                'revision: missing; add revision = "main"',
            ],
            id="empty",
        ),
        pytest.param(
            'repository = "gpu-lab"\nrevision = "main"', [f'repository: "gpu-lab" {NO_ADDRESS}'], id="a bare name"
        ),
        pytest.param(
            'repository = "http://git.example/lab.git"\nrevision = "main"',
            [f'repository: "http://git.example/lab.git" {NO_ADDRESS}'],
            id="no encryption",
        ),
        pytest.param(
            'repository = "https://git.example/lab.git"\nrevision = "--upload-pack=x"',
            ['revision: "--upload-pack=x" is no revision; give a branch, a tag or a commit, for example "main"'],
            id="an option of git",
        ),
        pytest.param(
            'repository = "https://me:canary@git.example/lab.git"\nrevision = "main"',
            [CREDENTIAL],
            id="a password",
        ),
        pytest.param(
            'repository = "https://canary@git.example/lab.git"\nrevision = "main"',
            [CREDENTIAL],
            id="a token",
        ),
        pytest.param(
            'repository = "https://git.example/lab.git"\nrevision = "main"\nbranch = "main"',
            ["branch: no such key; remove it, or use one of: namespace, repository, revision"],
            id="an unknown key",
        ),
    ],
)
def test_a_wrong_file_is_told_with_the_repair(file: Path, text: str, faults: list[str]) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_argocd(file)
    assert list(caught.value.faults) == [f"argocd.toml: {fault}" for fault in faults]
    assert "canary" not in str(caught.value)


def test_a_lab_in_argo_cds_namespace_is_refused() -> None:
    argocd = ArgoCdSpec(repository="https://git.example/lab.git", revision="main")
    apart({Path("labs/minimal.toml"): _lab()}, argocd)
    with pytest.raises(SpecError) as caught:
        apart({Path("labs/minimal.toml"): _lab(namespace="argocd")}, argocd)
    assert str(caught.value) == ('labs/minimal.toml: namespace: "argocd" is Argo CD\'s; give the lab one of its own')


def test_a_lab_that_would_take_argo_cds_folder_is_refused(file: Path) -> None:
    file.write_text(MINIMAL.replace('"minimal"', '"argocd"'), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load(file)
    assert str(caught.value) == (
        'argocd.toml: name: "argocd" is the folder of dist/ for Argo CD\'s own objects; '
        "give the lab and its file another name"
    )
