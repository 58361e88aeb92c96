"""Programs that do nothing but write down how they were called: what a script of the host asks of the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra import process
from infra.labs import ROOT
from infra.process import Completed

SCRIPTS: Final = ROOT / "nixos" / "scripts"
SECONDS: Final = 60

# A call's number is the line that it has written; the one of FAILS_AT ends as if it had done nothing.
_STAND_IN: Final = """\
#!/bin/sh
printf '%s\\n' "{name} $(printf %s "$*" | tr '\\n' ' ')" >>"{calls}"
[ "$(wc -l <"{calls}")" != "${{FAILS_AT:-0}}" ] || exit 1
{body}
"""


@dataclass(frozen=True)
class Machine:
    """A folder with the programs that a script finds before all others."""

    folder: Path

    def has(self, name: str, body: str = "") -> None:
        """Add a program; the lines of its body are of sh."""
        program = self.folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(_STAND_IN.format(name=name, calls=self._calls, body=body))
        program.chmod(0o755)

    def run(self, script: str, *words: str, env: Mapping[str, str]) -> Completed:
        """Run a script of `nixos/scripts`, to its end, whatever its status."""
        self._calls.touch()
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        command: list[str | Path] = ["bash", SCRIPTS / script, *words]
        return process.run(command, timeout=SECONDS, env={**env, "PATH": path}, check=False)

    @property
    def calls(self) -> list[str]:
        """Every call so far, in order: the program's name and its words."""
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    def forget(self) -> None:
        """Forget the calls so far."""
        self._calls.unlink(missing_ok=True)

    @property
    def _calls(self) -> Path:
        return self.folder / "calls"
