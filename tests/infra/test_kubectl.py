"""The operator's kubectl, when it has nobody to talk to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.errors import LabError
from infra.kubectl import require_cluster


@pytest.mark.parametrize("name", [None, "elsewhere.kubeconfig"])
def test_without_a_cluster_one_line_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    program = tmp_path / "kubectl"
    program.write_text("#!/bin/sh\necho 'memcache.go:265 Unhandled Error' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("KUBECONFIG", name or "")
    repair = 'name a cluster by eval "$(./lab kubeconfig)", or start one by eval "$(./lab cluster up)"'
    message = f"KUBECONFIG: {name or 'not set'}: no cluster answers; {repair}"
    with pytest.raises(LabError, match=f"^{re.escape(message)}$"):
        require_cluster()
