"""The README's commands for a cluster, as they stand there. Those for Argo CD run in test_argocd.py."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

from infra import manifests, process
from infra.labs import DIST, ROOT
from infra.shipping.manifests import addon
from infra.shipping.places import MANIFESTS
from tests.cluster.running import RunningLab
from tests.readme import TEXT, way

pytestmark = pytest.mark.proves(2)


LABEL: Final = "kubectl label node --all ailab/tailnet-door=true"


def _run(lab: RunningLab, line: str, cwd: Path = ROOT) -> str:
    env = {"KUBECONFIG": str(lab.node.kubeconfig), "PATH": f"{lab.home}:{os.environ['PATH']}"}
    return process.run(["sh", "-c", line], env=env, cwd=cwd, timeout=900).stdout


def test_the_commands_of_the_readme_work_as_printed(lab: RunningLab) -> None:
    assert f"`{LABEL}`" in TEXT
    said = [_run(lab, line) for line in (LABEL, *way("kubectl apply -f dist/gpu-lab"))]
    assert len(said) == 4
    assert said[-1] == f"{lab.secret('open-webui/admin-password')}\n"


def test_the_file_that_the_readme_makes_for_k3s_is_the_lab(lab: RunningLab, tmp_path: Path) -> None:
    make, move, secrets = way("sed --separate")
    shutil.copytree(DIST, tmp_path / "dist")
    _run(lab, make, tmp_path)
    folder = tmp_path / "manifests"
    folder.mkdir()
    assert move.endswith(f" {MANIFESTS}/")
    _run(lab, move.removeprefix("sudo ").replace(str(MANIFESTS), str(folder)), tmp_path)
    [file] = folder.iterdir()
    assert file.name == f"{addon(lab.spec.name)}.yaml"
    assert manifests.read(folder) == manifests.read(DIST / lab.spec.name)
    changed = lab.node.kubectl("apply", "-f", file).stdout.splitlines()
    assert [line for line in changed if not line.endswith(" unchanged")] == []
    assert secrets == "./lab secrets apply"
