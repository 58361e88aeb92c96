"""dist/ is what the lab files say, byte for byte, and whole at every moment."""

from __future__ import annotations

import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import infra.labs
import infra.synth
from ailab.spec import SpecError
from infra import manifests
from infra.cli import lab
from infra.cloud.identity import Identity
from infra.cloud.record import folder_of, opened
from infra.cloud.state import Kind
from infra.labs import ROOT
from infra.process import run
from tests.lab_files import MINIMAL_APART

SECONDS = 120
# Becomes the victim of a SIGKILL when the new manifests are complete and dist/ is still the former one.
KILLED_BEFORE_THE_EXCHANGE = """\
import os, signal
import infra.synth
infra.synth.exchange_all = lambda folders: os.kill(os.getpid(), signal.SIGKILL)
infra.synth.synth()
"""


def _content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy what `./lab synth` reads and writes, and let it work there."""
    for name in ("infra", "imports", "labs", "dist", "nixos/labs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "argocd.toml", tmp_path)
    monkeypatch.setattr(infra.synth, "ROOT", tmp_path)
    monkeypatch.setattr(infra.synth, "DIST", tmp_path / "dist")
    monkeypatch.setattr(infra.synth, "HOST_FACTS", tmp_path / "nixos" / "labs")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path / "labs")
    monkeypatch.setattr(infra.labs, "ARGOCD", tmp_path / "argocd.toml")
    monkeypatch.setattr(infra.synth, "ARGOCD", tmp_path / "argocd.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _synth() -> None:
    lab.main(["synth"], standalone_mode=False)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_dist_is_what_main_makes_whatever_the_order_of_sets(seed: str, tmp_path: Path) -> None:
    run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={"CDK8S_OUTDIR": str(tmp_path), "PYTHONHASHSEED": seed},
        timeout=SECONDS,
    )
    assert _content(tmp_path) == _content(ROOT / "dist"), "dist/ is stale: run ./lab synth and commit it"


def _official_cdk8s(folder: Path, *words: str) -> None:
    """Run cdk8s's own command line in a copy of this project."""
    npx = Path(sys.executable).with_name("npx")
    # The program that cdk8s starts is `python`: the one that runs this test.
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    run(
        [npx, "--yes", "cdk8s-cli@2.207.60", *words],
        cwd=folder,
        env={"PATH": path, "CDK8S_CHECK_UPGRADE": "false"},
        timeout=600,
    )


@pytest.mark.node
def test_the_official_cdk8s_synth_makes_the_same(tmp_path: Path) -> None:
    for name in ("main.py", "cdk8s.yaml", "argocd.toml", "imports", "labs"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    _official_cdk8s(tmp_path, "synth")
    assert _content(tmp_path / "dist") == _content(ROOT / "dist")


@pytest.mark.node
def test_the_generated_classes_are_what_cdk8s_import_makes_of_the_definitions(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cdk8s.yaml", tmp_path)
    shutil.copytree(ROOT / "imports" / "crds", tmp_path / "imports" / "crds")
    _official_cdk8s(tmp_path, "import")
    made = {name: text for name, text in _content(ROOT / "imports").items() if "__pycache__" not in name}
    assert _content(tmp_path / "imports") == made


def test_synth_adds_the_folder_of_a_new_lab_and_takes_away_that_of_one_that_is_gone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (project / "labs").iterdir():
        file.unlink()
    (project / "labs" / "minimal.toml").write_text(MINIMAL_APART, encoding="utf-8")
    _synth()
    assert sorted(folder.name for folder in (project / "dist").iterdir()) == ["argocd", "minimal"]
    assert [file.name for file in (project / "nixos" / "labs").iterdir()] == ["minimal.json"]
    out, err = capsys.readouterr()
    assert out == ""
    assert "minimal: what dist/minimal/ describes" in err
    assert "litellm.minimal.tail1a2b3c.ts.net" in err
    assert "1 lab in" in err


def test_synth_tells_that_a_lab_without_a_file_is_billed(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "state"))
    with opened(folder_of("gpu-lab")) as record:
        record.begin(Identity.new("gpu-lab"), "somebody")
        record.intend(Kind.DROPLET, datetime(2026, 11, 26, tzinfo=UTC))
    (project / "labs" / "gpu-lab.toml").unlink()
    (project / "labs" / "minimal.toml").write_text(MINIMAL_APART, encoding="utf-8")
    _synth()
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("gpu-lab:", "removed"))]
    assert said == [
        "removed dist/gpu-lab/: its lab file is gone; what was applied from it is not, see the README",
        ("gpu-lab: what it has rented is billed; with labs/gpu-lab.toml back, ./lab down --lab gpu-lab ends it"),
    ]


def test_synth_tells_argo_cd_of_every_lab(project: Path) -> None:
    (project / "labs" / "minimal.toml").write_text(MINIMAL_APART, encoding="utf-8")
    _synth()
    [labs] = manifests.of_kind(manifests.read(project / "dist" / "argocd"), "AppProject")
    places = {place.get("namespace") for place in labs["spec"]["destinations"]}
    assert places == {None, "ai-lab", "gpu-lab-system", "kube-public", "minimal", "minimal-system"}


def test_synth_makes_nothing_for_argo_cd_where_no_file_asks_for_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "argocd.toml").unlink()
    _synth()
    assert [folder.name for folder in (project / "dist").iterdir()] == ["gpu-lab"]
    assert "argocd" not in capsys.readouterr().err


def test_synth_leaves_dist_as_it_was_when_the_file_for_argo_cd_is_faulty(project: Path) -> None:
    before = _content(project / "dist")
    (project / "argocd.toml").write_text('revision = "main"', encoding="utf-8")
    (project / "labs" / "worse.toml").write_text("name", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        _synth()
    assert [line.split(" ")[0] for line in caught.value.faults] == ["labs/worse.toml:", "argocd.toml:"]
    assert _content(project / "dist") == before


def test_synth_says_which_addresses_are_only_an_example(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "labs" / "minimal.toml").write_text(MINIMAL_APART, encoding="utf-8")
    _synth()
    said = [line for line in capsys.readouterr().err.splitlines() if "an example" in line]
    assert said == [
        "gpu-lab: its addresses are those of an example; set tailnet to your own before you apply it",
        "argocd.toml: its repository is an example; set it to your own before you apply dist/argocd",
    ]


def test_synth_leaves_dist_as_it_was_when_any_lab_file_is_faulty(project: Path) -> None:
    before = _content(project / "dist")
    (project / "labs" / "minimal.toml").write_text(MINIMAL_APART, encoding="utf-8")
    (project / "labs" / "wrong.toml").write_text(MINIMAL_APART, encoding="utf-8")
    (project / "labs" / "worse.toml").write_text("name", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        _synth()
    assert [line.split(" ")[0] for line in caught.value.faults] == ["labs/worse.toml:", "labs/wrong.toml:"]
    assert _content(project / "dist") == before
    assert [file.name for file in (project / "nixos" / "labs").iterdir()] == ["gpu-lab.json"]


def test_synth_leaves_dist_as_it_was_when_it_is_killed_and_the_next_one_clears_up(project: Path) -> None:
    before = _content(project / "dist")
    (project / "labs" / "minimal.toml").write_text(MINIMAL_APART, encoding="utf-8")
    killed = run([sys.executable, "-c", KILLED_BEFORE_THE_EXCHANGE], cwd=project, timeout=SECONDS, check=False)
    assert killed.status == -signal.SIGKILL
    assert _content(project / "dist") == before
    assert (project / ".lab" / "synth" / "dist" / "minimal").is_dir()
    assert (project / ".lab" / "synth" / "labs" / "minimal.json").is_file()
    assert [file.name for file in (project / "nixos" / "labs").iterdir()] == ["gpu-lab.json"]
    _synth()
    assert {*before} < {*_content(project / "dist")}
    assert (project / "dist" / "minimal").is_dir()
    assert [entry.name for entry in (project / ".lab").iterdir()] == ["synth.lock"]
    assert sorted(entry.name for entry in project.iterdir()) == [
        ".lab",
        "argocd.toml",
        "dist",
        "imports",
        "infra",
        "labs",
        "nixos",
    ]
