"""Somebody at a terminal, who gives verbs and reads what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from ailab.spec import LabSpec
from infra.changes import Changes
from infra.checkup.finding import Finding, State
from infra.cli import lab
from infra.edges import Edge
from infra.operator import Equipment
from infra.ssh import Login
from tests.cloud.fake.tailscale import CLIENT_SECRET
from tests.cloud.fake.world import TOKEN
from tests.cloud.scene import Scene

FINE: Final = Finding(Edge("litellm", "postgres", 5432, "rows"), State.HOLDS, 0.01, "a connection opens")


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal, with the fakes in the place of the clouds."""

    scene: Scene
    capture: pytest.CaptureFixture[str]
    findings: list[Finding] = field(default_factory=lambda: [FINE])
    compare: Callable[[LabSpec, Login], Changes] = lambda _lab, _login: Changes((), ())

    def gives(self, *words: str) -> tuple[int, str, str]:
        """Give a command; returns its status and what it wrote to stdout and stderr."""
        self.capture.readouterr()
        self.scene.site.calls.clear()
        status = 0
        try:
            lab.main([*words], standalone_mode=False, obj=self._equipment)
        except SystemExit as ended:
            status = int(str(ended.code))
        out, err = self.capture.readouterr()
        return status, out, err

    @property
    def _equipment(self) -> Equipment:
        # What k3s says is asked of a machine that has one (tests/shipping/test_status.py).
        return Equipment(
            self.scene.world.clock, self.scene.host, lambda _lab: self.findings, self.compare, lambda _login, _lab: None
        )


def variables(address: str, state: Path) -> dict[str, str]:
    """Lead a command to the fakes: their addresses, what they take for credentials, and where it keeps its state."""
    return {
        "DIGITALOCEAN_API_URL": f"{address}/v2",
        "TAILSCALE_BASE_URL": f"{address}/api/v2/",
        "DIGITALOCEAN_TOKEN": TOKEN,
        "TAILSCALE_CLIENT_ID": "client",
        "TAILSCALE_CLIENT_SECRET": CLIENT_SECRET,
        "XDG_STATE_HOME": str(state),
        "KUBECONFIG": str(state / "none"),
    }
