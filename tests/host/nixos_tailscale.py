"""The two units that NixOS has around tailscaled, run on a host of the tests: one joins, the other sets what joined.

Their scripts do what those of nixpkgs do (nixos/modules/services/networking/tailscale.nix): the first gives the content
of `authKeyFile` to `tailscale up` as an argument, whenever tailscaled says that it needs one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.process import Completed
from testnode.tailnet import TAILSCALE
from tests.host.evaluation import Host
from tests.host.tailnet import CONTROL, Member

_CONNECT: Final = """\
set -uo pipefail
file=$1
shift
before=
while now=$(tailscale status --json --peers=false | jq --raw-output .BackendState); do
  if [[ $now == Running ]]; then exit 0; fi
  if [[ $now != "$before" && $now =~ ^(NeedsLogin|NeedsMachineAuth|Stopped)$ ]]; then
    tailscale up --auth-key "$(cat "$file")" "$@" || exit 1
  fi
  before=$now
  sleep 0.1
done
"""
# Keeps the arguments as every process of the machine can read them.
_TAILSCALE: Final = """\
#!/bin/sh
cat /proc/$$/cmdline >>"{calls}"
exec {program} --socket={socket} "$@"
"""


@dataclass(frozen=True)
class Units:
    """The units of a host, with what its modules set.

    Attributes:
        member: the host's tailscaled.
        folder: of what the units are run with; `etc` in it is the host's `/etc`.

    """

    member: Member
    folder: Path

    def become(self, host: Host) -> None:
        """Have a configuration's files."""
        self.folder.mkdir(exist_ok=True)
        for name, content in _section(host, "environment", "etc").items():
            file = self.folder / "etc" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(content["text"]), encoding="utf-8")
        program = self.folder / "tailscale"
        program.write_text(
            _TAILSCALE.format(
                calls=self._calls, program=TAILSCALE.folder / "tailscale", socket=self.member.folder / "socket"
            )
        )
        program.chmod(0o755)

    def autoconnect(self, host: Host) -> Completed:
        """Run the unit that joins."""
        options = _section(host, "services", "tailscale")
        named = str(options["authKeyFile"])
        file = self.folder / named.lstrip("/") if named.startswith("/etc/") else named
        own = (f"--login-server=https://{CONTROL}", "--timeout=60s")
        # headscale gives the key's tag, and refuses who asks for one with a key; Tailscale takes what the key permits.
        flags = [flag for flag in options["extraUpFlags"] if not flag.startswith("--advertise-tags=")]
        return self._run("bash", "-c", _CONNECT, "bash", file, *flags, *own)

    def set(self, host: Host) -> Completed:
        """Run the unit that sets."""
        return self._run("tailscale", "set", *_section(host, "services", "tailscale")["extraSetFlags"])

    @property
    def arguments(self) -> bytes:
        """All arguments of the command line so far."""
        return self._calls.read_bytes()

    @property
    def _calls(self) -> Path:
        return self.folder / "calls"

    def _run(self, *words: str | Path) -> Completed:
        return self.member.machine.run(*words, env={"PATH": f"{self.folder}:{os.environ['PATH']}"}, check=False)


def _section(host: Host, *path: str) -> dict[str, Any]:
    found = host.value(*path)
    assert isinstance(found, dict)
    return found
