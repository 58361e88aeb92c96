"""Faults put into the guard, each found by who reaches what: the tests of the packet filters can fail."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.host import droplet, host_rules
from tests.host.droplet import Droplet
from tests.host.foreign_rules import K3S, ROGUE, ROGUE_SSH, TAILSCALED
from tests.host.host_rules import GUARD, guard, restore, too_open
from tests.host.reach import Port, Protocol, ports, reached

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("bash", "ip", "iptables"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

# What is wrong, the text of the script, and what stands in its place.
FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "IPv6 is forgotten": ("for family in iptables ip6tables", "for family in iptables"),
    "what comes in is judged after addresses are translated": (
        "-I PREROUTING -j lab-guard-in",
        "-I INPUT -j lab-guard-in",
    ),
    "nothing leads into the chain of what comes in": ('echo "-I PREROUTING -j lab-guard-in"', ":"),
    "nothing leads into the chain of what is forwarded": ('echo "-I FORWARD -j lab-guard-forward"', ":"),
    "what is forwarded is not dropped": ('echo "-A lab-guard-forward -j DROP"', ":"),
    "public packets are not dropped": ('echo "-A lab-guard-public -j DROP"', ":"),
    "the tailnet's packets are not dropped": ('echo "-A lab-guard-in -j DROP"', ":"),
    "the tailnet's port is everybody's": (
        "-A lab-guard-in -i $GUARD_TAILNET_INTERFACE -p tcp",
        "-I lab-guard-in -p tcp",
    ),
    "every port is that of SSH": ("-p tcp --dport $GUARD_SSH_PORT", "-p tcp"),
    "tailscaled's port is open though nobody asked for it": ("[[ -n $GUARD_DIRECT_PORT ]]", "GUARD_DIRECT_PORT=41641"),
    "the internet's interface is one of the pods'": ("for interface in lo $GUARD", "for interface in eth0 lo $GUARD"),
    "pods reach the metadata": ('[[ $1 == ip6tables ]] || echo "-A lab-guard-forward -i $interface -d', 'echo "#'),
}


def open_(net: Droplet, env: Mapping[str, str], script: Path) -> frozenset[Port]:
    """Boot the host with that guard, let objects try to open it, and return what is open and should not be.

    NixOS's firewall has failed to start: it would hide some of the faults.
    """
    host_rules.clear(net.host, env)
    guard(net.host, env, script=script)
    for rules in (TAILSCALED, K3S, ROGUE):
        restore(net.host, env, rules)
    found = too_open(net, also_behind=True)
    metadata = ports(Protocol.TCP, (droplet.METADATA,), (80,))
    found |= reached(net.pod, metadata)
    restore(net.host, env, ROGUE_SSH)
    return found | reached(net.internet, ports(Protocol.TCP, droplet.PUBLIC, (22,)))


def test_the_guard_as_it_is_has_none_of_them(network: Droplet, env: Mapping[str, str]) -> None:
    assert open_(network, env, GUARD) == frozenset()


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_found_that(fault: str, network: Droplet, env: Mapping[str, str], tmp_path: Path) -> None:
    whole = GUARD.read_text()
    before, after = FAULTS[fault]
    assert whole.count(before) == 1
    script = tmp_path / "guard.sh"
    script.write_text(whole.replace(before, after))
    assert open_(network, env, script) != frozenset()
