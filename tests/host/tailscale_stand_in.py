"""A `tailscale` whose tailscaled is a file: keeps what it is told to serve and writes down how it was called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(os.environ["STAND_IN_FOLDER"])
STATE: Final = FOLDER / "serve.json"
SUFFIX: Final = os.environ["STAND_IN_TAILNET"]


def _serve(words: list[str]) -> None:
    """Change what is served as the program does (cmd/tailscale/cli/serve_v2.go)."""
    state = json.loads(STATE.read_text(encoding="utf-8"))
    match words:
        case ["status", "--json"]:
            sys.stdout.write(json.dumps(state, indent=2))
            return
        case ["reset"]:
            state = {}
        case ["clear", service]:
            state["Services"].pop(service, None)
        case ["advertise", _]:
            return
        case [service, "--https=443", target]:
            name = service.removeprefix("--service=")
            host = f"{name.removeprefix('svc:')}.{SUFFIX}:443"
            state.setdefault("Services", {})[name] = {
                "TCP": {"443": {"HTTPS": True}},
                "Web": {host: {"Handlers": {"/": {"Proxy": target}}}},
            }
        case ["--bg", "--tcp=80", target]:
            state["TCP"] = {"80": {"TCPForward": target.removeprefix("tcp://")}}
        case _:
            sys.exit(f"not known: {words}")
    STATE.write_text(json.dumps(state), encoding="utf-8")


def main(words: list[str]) -> None:
    """Write the call down, and do it unless it is the one that fails."""
    calls = FOLDER / "calls"
    with calls.open("a", encoding="utf-8") as log:
        log.write(" ".join(words) + "\n")
    if str(len(calls.read_text(encoding="utf-8").splitlines())) == os.environ.get("FAILS_AT"):
        sys.exit("cannot reach tailscaled")
    _serve(words[1:])


main(sys.argv[1:])
