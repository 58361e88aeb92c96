"""What needs a cluster says so in one line where none answers, before it has done anything."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import infra.labs
from infra.cli import lab
from infra.errors import LabError
from tests.lab_files import MINIMAL

KUBECTL = """\
#!/bin/sh
echo "$*" >> "$CALLS"
echo "memcache.go:265 Unhandled Error" >&2
exit 1
"""
ASKED = "get --raw /readyz --request-timeout=10s\n"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have one lab and a kubectl that reaches no cluster; gives the file of its calls."""
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    program = tmp_path / "kubectl"
    program.write_text(KUBECTL, encoding="utf-8")
    program.chmod(0o755)
    calls = tmp_path / "calls"
    monkeypatch.setattr(infra.labs, "LABS", tmp_path / "labs")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setenv("KUBECONFIG", "gone")
    return calls


@pytest.mark.parametrize(
    "words",
    [
        ("backup",),
        ("restore",),
        ("restore", "postgres"),
        ("restore", "--yes", "postgres", "2026-11-25T03-15-00Z"),
        ("secrets", "apply"),
        ("secrets", "show"),
        ("secrets", "rotate", "gateway-keys/chat"),
    ],
    ids=" ".join,
)
def test_it_is_told_what_to_set(calls: Path, words: tuple[str, ...]) -> None:
    message = (
        'KUBECONFIG: gone: no cluster answers; name a cluster by eval "$(./lab kubeconfig)", or '
        'start one by eval "$(./lab cluster up)"'
    )
    with pytest.raises(LabError, match=f"^{re.escape(message)}$"):
        lab.main(list(words), standalone_mode=False)
    assert calls.read_text(encoding="utf-8") == ASKED


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("backup", "--lab", "another"), "--lab: there is no lab another; give one of: minimal"),
        (("restore", "mysql"), "mysql: has no dumps in this lab, which dumps postgres, neo4j"),
    ],
    ids=["another lab", "another database"],
)
def test_what_the_file_alone_tells_needs_no_cluster(calls: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(LabError, match=f"^{re.escape(message)}$"):
        lab.main(list(words), standalone_mode=False)
    assert not calls.exists()
