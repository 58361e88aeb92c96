"""Every command of every script fails once: the host is never more open than it should be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.host import droplet
from tests.host.droplet import Droplet
from tests.host.foreign_rules import K3S, ROGUE, TAILSCALED
from tests.host.host_rules import (
    FAMILIES,
    FIREWALL,
    PUBLIC_MAY,
    TAILNET_MAY,
    candidates,
    guard,
    may_fail,
    public_reaches,
    reload_firewall,
    restore,
    script,
    start_firewall,
    tailnet_reaches,
    too_open,
)
from tests.host.reach import Port, reached

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("bash", "ip", "iptables"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

GUARD_CALLS: Final = tuple(f"{family}{use}" for family in FAMILIES for use in (" PREROUTING", " FORWARD", "-restore"))

# Does what the program of its name does, but for the call that fails.
FAILING: Final = """\
#!/bin/sh
case "$(basename "$0") $*" in *"{call}"*) exit 4;; esac
exec {program} "$@"
"""


def failing(folder: Path, call: str, env: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment in which one call of the guard fails and does nothing."""
    family, _, chain = call.partition(" ")
    stand_in = folder / family
    stand_in.write_text(
        FAILING.format(call=f"--list-rules {chain}" if chain else family, program=_program(family, env))
    )
    stand_in.chmod(0o755)
    return {"PATH": f"{folder}:{env['PATH']}"}


def _program(name: str, env: Mapping[str, str]) -> Path:
    return Path(env["PATH"].split(":")[0], name)


@pytest.fixture
def running(net: Droplet, env: Mapping[str, str]) -> Droplet:
    """Give the host as it has booted, with objects that try to open it, but for NixOS's firewall."""
    guard(net.host, env)
    for rules in (TAILSCALED, K3S, ROGUE):
        restore(net.host, env, rules)
    return net


def opened(net: Droplet, env: Mapping[str, str], commands: Iterable[str]) -> dict[str, frozenset[Port]]:
    """Run commands one by one and return those before which the host is too open.

    A script of NixOS ends at the first command that fails, so what it leaves then is what it has made up to there.
    """
    found = {}
    for number, command in enumerate(commands):
        if ports := too_open(net, also_behind=True):
            found[f"{number}: {command}"] = ports
        assert script(net.host, env, (command,)), command
    return found


def test_nixos_firewall_may_fail_to_start_at_any_command(running: Droplet, env: Mapping[str, str]) -> None:
    assert opened(running, env, FIREWALL.start()) == {}
    assert too_open(running, also_behind=True) == frozenset()


def test_nixos_firewall_may_fail_to_reload_at_any_command(running: Droplet, env: Mapping[str, str]) -> None:
    """Then it is stopped."""
    start_firewall(running.host, env)
    assert opened(running, env, FIREWALL.before_reload() + FIREWALL.start() + FIREWALL.stop()) == {}
    assert too_open(running, also_behind=True) == frozenset()


def test_a_command_whose_failure_nixos_ignores_may_fail_in_a_reload(running: Droplet, env: Mapping[str, str]) -> None:
    start_firewall(running.host, env)
    found = {}
    for number, command in enumerate(FIREWALL.before_reload() + FIREWALL.start()):
        if may_fail(command):
            reload_firewall(running.host, env, number)
            found[f"{number}: {command}"] = too_open(running, also_behind=True)
    assert {command: ports for command, ports in found.items() if ports} == {}


@pytest.mark.parametrize("call", GUARD_CALLS)
def test_when_the_guard_fails_at_boot_its_status_says_so_and_ssh_alone_answers(
    net: Droplet, env: Mapping[str, str], tmp_path: Path, call: str
) -> None:
    """What opens ports of its own, tailscaled and k3s, requires its unit and does not start."""
    assert guard(net.host, failing(tmp_path, call, env), check=False).status == 1
    start_firewall(net.host, env)
    # What it has made before it failed must not shut the owner out either.
    asked = candidates(droplet.PUBLIC, also_behind=False)
    assert reached(net.internet, asked, PUBLIC_MAY) == PUBLIC_MAY


@pytest.mark.parametrize("call", GUARD_CALLS)
def test_a_guard_that_fails_later_leaves_what_it_had_made(
    running: Droplet, env: Mapping[str, str], tmp_path: Path, call: str
) -> None:
    start_firewall(running.host, env)
    done = guard(running.host, failing(tmp_path, call, env), check=False)
    family = call.removesuffix("-restore").partition(" ")[0]
    assert (done.status, done.stderr) == (1, f"guard: {family}: the rules are not in place; see above\n")
    assert public_reaches(running) == PUBLIC_MAY
    assert tailnet_reaches(running) == TAILNET_MAY
