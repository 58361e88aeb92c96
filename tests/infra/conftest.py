"""What tests of the operator's commands share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import infra.labs
import infra.secrets
from ailab.secrets import TABLE
from tests.infra.secrets_cluster import Cluster
from tests.lab_files import MINIMAL


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cluster:
    """Put the stand-in before every other kubectl, with one lab and an operator who gives no keys."""
    for folder in ("bin", "labs", "cluster"):
        (tmp_path / folder).mkdir()
    program = tmp_path / "bin" / "kubectl"
    source = Path(__file__).with_name("kubectl_stand_in.py").read_text(encoding="utf-8")
    program.write_text(f"#!{sys.executable} -IS\n{source}", encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path / "labs")
    monkeypatch.setattr(infra.secrets, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN_CLUSTER", str(tmp_path / "cluster"))
    monkeypatch.chdir(tmp_path)
    for row in TABLE:
        monkeypatch.delenv(row.variable, raising=False)
    return Cluster(tmp_path / "cluster", capsys)
