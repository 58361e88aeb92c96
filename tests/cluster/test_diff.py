"""`./lab diff` on the running lab: what an apply would change, and no value of a secret."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import infra.diff
from infra.cli import lab as command
from infra.labs import DIST
from tests.cluster.running import RunningLab

pytestmark = pytest.mark.proves(1)


@pytest.fixture
def dist(lab: RunningLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the manifests, for an operator of the lab who has changed nothing yet."""
    shutil.copytree(DIST / lab.spec.name, tmp_path / lab.spec.name)
    monkeypatch.setattr(infra.diff, "DIST", tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(lab.node.kubeconfig))
    monkeypatch.setenv("PATH", str(lab.home), prepend=os.pathsep)
    return tmp_path / lab.spec.name


def _diff(capture: pytest.CaptureFixture[str]) -> tuple[str, str]:
    capture.readouterr()
    command.main(["diff"], standalone_mode=False)
    out, err = capture.readouterr()
    return out, err


def test_after_an_apply_there_is_no_difference(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _diff(capsys) == ("", f"{dist}: no change\n")


def test_a_changed_value_is_shown_and_stays_as_it_was(
    lab: RunningLab, dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = dist / "litellm.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("replicas: 1", "replicas: 2", 1), encoding="utf-8")
    out, err = _diff(capsys)
    assert out.splitlines()[0] == f"apps.v1.Deployment.{lab.spec.namespace}.litellm"
    assert {"-  replicas: 1", "+  replicas: 2"} <= {*out.splitlines()}
    assert err == f"{dist}: an apply would change 1 object\n"
    assert lab.kubectl("get", "deployment", "litellm", "--output=jsonpath={.spec.replicas}") == "1"


def test_a_secret_among_the_manifests_shows_no_value(
    lab: RunningLab, dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None is ever there; were one put there by hand, kubectl would hide what it has."""
    secret = lab.kubectl("get", "secret", "litellm", "--output=yaml")
    (dist / "secret.yaml").write_text(secret.replace("master-key: ", "master-key: AAAA"), encoding="utf-8")
    out, _ = _diff(capsys)
    assert f"v1.Secret.{lab.spec.namespace}.litellm" in out.splitlines()
    key = next(line.split(": ")[1] for line in secret.splitlines() if line.strip().startswith("master-key: "))
    assert key not in out
