"""Somebody at a terminal, who gives verbs and reads what they say."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from infra.cli import lab
from tests.cloud.scene import Scene


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal, with the fakes in the place of the clouds."""

    scene: Scene
    capture: pytest.CaptureFixture[str]

    def gives(self, *words: str) -> tuple[int, str, str]:
        """Give a command; returns its status and what it wrote to stdout and stderr."""
        self.capture.readouterr()
        self.scene.site.calls.clear()
        status = 0
        try:
            lab.main([*words], standalone_mode=False)
        except SystemExit as ended:
            status = int(str(ended.code))
        out, err = self.capture.readouterr()
        return status, out, err
