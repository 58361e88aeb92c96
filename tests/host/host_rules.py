"""The rules of the host, loaded with the real iptables: our guard's, NixOS's firewall's, those of other programs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from infra.labs import ROOT
from infra.process import Completed
from tests.host import droplet
from tests.host.droplet import Droplet
from tests.host.foreign_rules import Foreign
from tests.host.namespaces import Namespace
from tests.host.nixos_firewall import Firewall
from tests.host.reach import Port, Protocol, all_reached, ports, reached

GUARD: Final = ROOT / "nixos" / "scripts" / "guard.sh"
GUARD_ENVIRONMENT: Final = {
    "GUARD_SSH_PORT": "22",
    "GUARD_API_PORT": "6443",
    "GUARD_DIRECT_PORT": "",
    "GUARD_TAILNET_INTERFACE": "tailscale0",
    "GUARD_POD_INTERFACES": "cni0 flannel.1",
}
DIRECT: Final = {"GUARD_DIRECT_PORT": "41641"}
FIREWALL: Final = Firewall.model_validate(
    {
        "enable": True,
        "allowPing": False,
        "allowedTCPPorts": [22],
        "interfaces": {"tailscale0": {"allowedTCPPorts": [6443]}},
        "trustedInterfaces": ["cni0", "flannel.1"],
    }
)
FAMILIES: Final = ("iptables", "ip6tables")
COMMANDS: Final = tuple(f"{family}{suffix}" for family in FAMILIES for suffix in ("", "-restore", "-save"))

# All that anybody may ever reach on the host.
PUBLIC_MAY: Final = ports(Protocol.TCP, droplet.PUBLIC, (22,))
TAILNET_MAY: Final = ports(Protocol.TCP, droplet.TAILNET, (22, 6443))
DIRECT_UDP: Final = ports(Protocol.UDP, droplet.PUBLIC, (41641,))

_EVERY_PORT: Final = ((Protocol.TCP, droplet.HOST_TCP), (Protocol.UDP, droplet.HOST_UDP))
# Whoever sits on the same network as the host may send it packets for the addresses behind it.
_BEHIND: Final = (
    *ports(Protocol.TCP, (droplet.POD, droplet.POD_IPV6), (droplet.POD_WEB,)),
    *ports(Protocol.TCP, (droplet.DNS_SERVICE, droplet.DNS), (53,)),
    *ports(Protocol.TCP, (droplet.API_SERVICE,), (443,)),
)


def backend(folder: Path, name: str) -> Mapping[str, str]:
    """Return the environment in which `iptables` and its family are those of the kernel interface `name`."""
    for command in COMMANDS:
        family, _, rest = command.partition("-")
        program = shutil.which(f"{family}-{name}{'-' if rest else ''}{rest}")
        assert program, f"Debian's iptables has {family}-{name}"
        (folder / command).symlink_to(program)
    return {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"}


def guard(host: Namespace, env: Mapping[str, str], *, script: Path = GUARD, check: bool = True) -> Completed:
    """Run the guard as its unit does."""
    return host.run("bash", script, env={**GUARD_ENVIRONMENT, **env}, check=check)


def script(host: Namespace, env: Mapping[str, str], commands: Iterable[str]) -> bool:
    """Run commands as NixOS's scripts do, up to the first that fails; return whether none did."""
    return host.run("bash", "-e", "-s", env=env, stdin="\n".join(commands), check=False).status == 0


def start_firewall(host: Namespace, env: Mapping[str, str]) -> None:
    """Start NixOS's firewall; it must succeed."""
    assert script(host, env, FIREWALL.start())


def reload_firewall(host: Namespace, env: Mapping[str, str], failing: int | None = None) -> bool:
    """Reload NixOS's firewall, as its unit does; return whether it succeeded.

    Args:
        host: whose.
        env: which iptables.
        failing: number of the command, of all those of a reload, that fails.

    """
    commands = list(FIREWALL.before_reload() + FIREWALL.start())
    if failing is not None:
        commands[failing] = broken(commands[failing])
    if script(host, env, commands):
        return script(host, env, FIREWALL.after_reload())
    script(host, env, FIREWALL.stop())
    return False


def may_fail(command: str) -> bool:
    """Whether NixOS goes on when the command fails."""
    return command.endswith("|| true")


def broken(command: str) -> str:
    """Return what stands for a command that fails: it does nothing, and the failure counts as much as it would."""
    return "true" if may_fail(command) else "false"


def restore(host: Namespace, env: Mapping[str, str], rules: Foreign) -> None:
    """Add the rules of another program."""
    for family, text in zip(FAMILIES, (rules.ipv4, rules.ipv6), strict=True):
        host.run(f"{family}-restore", "--wait", "--noflush", env=env, stdin=text)


def clear(host: Namespace, env: Mapping[str, str]) -> None:
    """Remove every rule and chain."""
    builtin = {
        "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
        "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
        "filter": ("INPUT", "FORWARD", "OUTPUT"),
    }
    tables = (
        "\n".join((f"*{table}", *(f":{chain} ACCEPT [0:0]" for chain in chains), "COMMIT", ""))
        for table, chains in builtin.items()
    )
    text = "".join(tables)
    for family in FAMILIES:
        host.run(f"{family}-restore", "--wait", env=env, stdin=text)


def public_reaches(net: Droplet, expected: frozenset[Port] = PUBLIC_MAY) -> frozenset[Port]:
    """Find out what answers to the internet, on the host and behind it."""
    return reached(net.internet, candidates(droplet.PUBLIC), expected)


def tailnet_reaches(net: Droplet, expected: frozenset[Port] = TAILNET_MAY) -> frozenset[Port]:
    """Find out what answers to the tailnet, on the host and behind it."""
    return reached(net.peer, candidates(droplet.TAILNET), expected)


def too_open(net: Droplet, *, also_behind: bool) -> frozenset[Port]:
    """Find what answers to the internet or the tailnet and should not; being less open than usual is no fault here.

    Args:
        net: the network.
        also_behind: whether there are pods, so that what is behind the host counts too.

    """
    asked = {
        machine: candidates(addresses, also_behind=also_behind) - may
        for machine, addresses, may in (
            (net.internet, droplet.PUBLIC, PUBLIC_MAY),
            (net.peer, droplet.TAILNET, TAILNET_MAY),
        )
    }
    return all_reached(asked)


def candidates(addresses: tuple[str, ...], *, also_behind: bool = True) -> frozenset[Port]:
    """Return every port that is asked: those of the host's addresses, and what is behind the host."""
    on_host = (ports(protocol, addresses, numbers) for protocol, numbers in _EVERY_PORT)
    return frozenset(_BEHIND if also_behind else ()).union(*on_host)
