"""NixOS's options, as its own modules declare them: a file beside the project's checkout has those of this project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from infra.labs import ROOT
from tests.host.evaluation import OptionPath, Tree, shown
from tests.host.option_types import accepts

DATA: Final = ROOT.parent / "shared" / "nixos-options.json"
ANY: Final = "<name>"
# What is set although the data does not have it, each looked up by hand; what is below them is not looked at.
ELSEWHERE: Final[Mapping[str, str]] = {
    "assertions": "https://nixos.org/manual/nixos/stable/#sec-assertions",
    "boot.kernelParams": "https://search.nixos.org/options?query=boot.kernelParams",
    "disko.devices": "https://github.com/nix-community/disko/blob/ff8702b4de27f72b4c78573dfb89ec74e36abdf1/module.nix",
    "documentation.enable": "https://search.nixos.org/options?query=documentation.enable",
    "environment.etc": "https://search.nixos.org/options?query=environment.etc",
    "environment.systemPackages": "https://search.nixos.org/options?query=environment.systemPackages",
    "imports": "a module's own",
    "networking.hostName": "https://search.nixos.org/options?query=networking.hostName",
    "networking.nameservers": "https://search.nixos.org/options?query=networking.nameservers",
    "networking.useDHCP": "https://search.nixos.org/options?query=networking.useDHCP",
    "nix.daemonCPUSchedPolicy": "https://search.nixos.org/options?query=nix.daemonCPUSchedPolicy",
    "nix.daemonIOSchedClass": "https://search.nixos.org/options?query=nix.daemonIOSchedClass",
    "nix.settings.experimental-features": "https://nix.dev/manual/nix/stable/command-ref/conf-file.html",
    "nix.gc": "https://search.nixos.org/options?query=nix.gc",
    "services.cloud-init": "https://search.nixos.org/options?query=services.cloud-init",
    "services.do-agent.enable": "https://search.nixos.org/options?query=services.do-agent",
    "services.journald.extraConfig": "https://github.com/NixOS/nixpkgs/pull/536538 takes it away in 26.11",
    "services.xserver.videoDrivers": "https://search.nixos.org/options?query=services.xserver.videoDrivers",
    "system.stateVersion": "https://search.nixos.org/options?query=system.stateVersion",
    "systemd.coredump.enable": "https://search.nixos.org/options?query=systemd.coredump.enable",
    "systemd.enableEmergencyMode": "https://search.nixos.org/options?query=systemd.enableEmergencyMode",
    "systemd.tmpfiles.rules": "https://search.nixos.org/options?query=systemd.tmpfiles.rules",
    "time.timeZone": "https://search.nixos.org/options?query=time.timeZone",
}


@dataclass
class Node:
    """A step on the way to options; with a type it is one itself."""

    kind: str | None = None
    gone: str | None = None  # what took the place of an option of this name
    below: dict[str, Node] = field(default_factory=dict)

    def step(self, name: str) -> Node | None:
        """Go one step on; a step of any name is the last choice."""
        return self.below.get(name) or self.below.get(ANY)


@cache
def known() -> Node:
    """Read the options."""
    root = Node()
    for name, facts in json.loads(DATA.read_text(encoding="utf-8")).items():
        node = root
        for step in name.split("."):
            node = node.below.setdefault(step, Node())
        node.kind = facts.get("type")
        if node.kind is None:
            node.gone = facts.get("renamedTo") or facts.get("removed") or "nothing"
    return root


def mistakes(tree: Tree) -> Iterator[str]:
    """Find what no option is, and values that an option does not take."""
    yield from _mistakes(known(), tree, ())


def _mistakes(node: Node, value: object, path: OptionPath) -> Iterator[str]:
    if path and shown(path) in ELSEWHERE:
        return
    if node.gone is not None:
        yield f"{shown(path)}: is no option any more; in its place: {node.gone}"
    elif node.kind is not None and not (node.below and isinstance(value, dict)):
        if not accepts(node.kind, value):
            yield f"{shown(path)}: {json.dumps(value)} is not of type {node.kind}"
    elif isinstance(value, dict):
        yield from _below(node, value, path)
    else:
        yield f"{shown(path)}: is a group of options, not one"


def _below(node: Node, value: Mapping[str, object], path: OptionPath) -> Iterator[str]:
    for name, inner in value.items():
        here = (*path, name)
        if (next_node := node.step(name)) is not None:
            yield from _mistakes(next_node, inner, here)
        elif shown(here) not in ELSEWHERE:
            deeper = isinstance(inner, dict) and any(each.startswith(f"{shown(here)}.") for each in ELSEWHERE)
            yield from _mistakes(Node(), inner, here) if deeper else (f"{shown(here)}: is no option",)
