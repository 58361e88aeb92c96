"""The README's commands for a cluster, as they stand there."""

from __future__ import annotations

import os

import pytest

from infra import process
from infra.labs import ROOT
from tests.cluster.running import RunningLab
from tests.readme import blocks

pytestmark = pytest.mark.proves(2)


def test_the_commands_of_the_readme_work_as_printed(lab: RunningLab) -> None:
    lines = next(block for block in blocks("console") if "kubectl" in block).splitlines()
    env = {"KUBECONFIG": str(lab.node.kubeconfig), "PATH": f"{lab.home}:{os.environ['PATH']}"}
    done = [process.run(["sh", "-c", line], env=env, cwd=ROOT, timeout=900) for line in lines]
    assert len(done) == 4
    assert done[-1].stdout == f"{lab.secret('open-webui/admin-password')}\n"
