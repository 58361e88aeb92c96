"""dist/ is what the lab files say, byte for byte, and whole at every moment."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Completed, run
from tests.lab_files import MINIMAL

SECONDS = 120
# Becomes the victim of a SIGKILL when the new manifests are complete and dist/ is still the former one.
KILLED_BEFORE_THE_EXCHANGE = """\
import os, signal
import infra.synth
infra.synth.exchange = lambda new, old: os.kill(os.getpid(), signal.SIGKILL)
infra.synth.synth()
"""


def _content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy what `./lab synth` reads and writes, to try it on."""
    for name in ("infra", "labs", "dist"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def _python(project: Path, *words: str) -> Completed:
    return run([sys.executable, *words], cwd=project, timeout=SECONDS, check=False)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_dist_is_what_main_makes_whatever_the_order_of_sets(seed: str, tmp_path: Path) -> None:
    run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={"CDK8S_OUTDIR": str(tmp_path), "PYTHONHASHSEED": seed},
        timeout=SECONDS,
    )
    assert _content(tmp_path) == _content(ROOT / "dist"), "dist/ is stale: run ./lab synth and commit it"


@pytest.mark.node
def test_the_official_cdk8s_synth_makes_the_same(tmp_path: Path) -> None:
    for name in ("main.py", "cdk8s.yaml", "labs"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    npx = Path(sys.executable).with_name("npx")
    # The program that cdk8s starts is `python`: the one that runs this test.
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    run(
        [npx, "--yes", "cdk8s-cli@2.207.60", "synth"],
        cwd=tmp_path,
        env={"PATH": path, "CDK8S_CHECK_UPGRADE": "false"},
        timeout=600,
    )
    assert _content(tmp_path / "dist") == _content(ROOT / "dist")


def test_synth_adds_the_folder_of_a_new_lab_and_takes_away_that_of_one_that_is_gone(project: Path) -> None:
    shutil.rmtree(project / "labs")
    (project / "labs").mkdir()
    (project / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    done = _python(project, "-m", "infra", "synth")
    assert done.status == 0, done.stderr
    assert [folder.name for folder in (project / "dist").iterdir()] == ["minimal"]
    assert "1 lab in" in done.stderr


def test_synth_leaves_dist_as_it_was_when_any_lab_file_is_faulty(project: Path) -> None:
    before = _content(project / "dist")
    (project / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    (project / "labs" / "wrong.toml").write_text(MINIMAL, encoding="utf-8")
    (project / "labs" / "worse.toml").write_text("name", encoding="utf-8")
    done = _python(project, "-m", "infra", "synth")
    assert (done.status, done.stdout) == (1, "")
    assert [line.split(" ")[0] for line in done.stderr.splitlines()] == ["labs/worse.toml:", "labs/wrong.toml:"]
    assert _content(project / "dist") == before


def test_synth_leaves_dist_as_it_was_when_it_is_killed_and_the_next_one_clears_up(project: Path) -> None:
    before = _content(project / "dist")
    (project / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    assert _python(project, "-c", KILLED_BEFORE_THE_EXCHANGE).status == -signal.SIGKILL
    assert _content(project / "dist") == before
    assert _python(project, "-m", "infra", "synth").status == 0
    assert sorted(folder.name for folder in (project / "dist").iterdir()) == ["gpu-lab", "minimal"]
    assert [entry.name for entry in (project / ".lab").iterdir()] == ["synth.lock"]
    assert sorted(entry.name for entry in project.iterdir()) == [".lab", "dist", "infra", "labs"]
