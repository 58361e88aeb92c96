"""What the host's firewalls let through, loaded with the real iptables and asked from outside."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from tests.host import droplet, host_rules
from tests.host.droplet import Droplet
from tests.host.foreign_rules import K3S, ROGUE, ROGUE_SSH, TAILSCALED
from tests.host.host_rules import (
    DIRECT,
    DIRECT_UDP,
    PUBLIC_MAY,
    TAILNET_MAY,
    guard,
    public_reaches,
    reload_firewall,
    restore,
    start_firewall,
    tailnet_reaches,
)
from tests.host.reach import Protocol, ports, reached

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("bash", "ip", "iptables"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

WEB = ports(Protocol.TCP, droplet.PUBLIC, (80, 443, 30080))


@pytest.fixture(scope="module", params=["nft", "legacy"])
def env(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Both ways into the kernel: NixOS takes nft, k3s brings programs of its own and may take either."""
    return host_rules.backend(tmp_path_factory.mktemp("iptables"), str(request.param))


@pytest.fixture
def running(net: Droplet, env: Mapping[str, str]) -> Droplet:
    """Give the host as it has booted: the guard, NixOS's firewall, then tailscaled and k3s."""
    guard(net.host, env)
    start_firewall(net.host, env)
    restore(net.host, env, TAILSCALED)
    restore(net.host, env, K3S)
    return net


def test_without_any_rule_everything_answers(net: Droplet) -> None:
    """The probes see what is open."""
    every = ports(Protocol.TCP, droplet.PUBLIC, droplet.HOST_TCP) | ports(
        Protocol.UDP, droplet.PUBLIC, droplet.HOST_UDP
    )
    assert every <= public_reaches(net, every)


def test_without_the_guard_tailscaled_and_rogue_objects_open_the_host(net: Droplet, env: Mapping[str, str]) -> None:
    """What the guard is for: NixOS's firewall alone holds none of it."""
    start_firewall(net.host, env)
    restore(net.host, env, TAILSCALED)
    restore(net.host, env, ROGUE)
    assert public_reaches(net, WEB | DIRECT_UDP) >= WEB | DIRECT_UDP
    exporters = ports(Protocol.TCP, droplet.TAILNET, (9100, 10250))
    assert tailnet_reaches(net, exporters) >= exporters


@pytest.mark.proves(2, "firewall", "internet -> droplet:22")
def test_the_public_reaches_ssh_and_nothing_else(running: Droplet) -> None:
    assert public_reaches(running) == PUBLIC_MAY


@pytest.mark.proves(2, "tailnet -> droplet:6443")
def test_the_tailnet_reaches_ssh_and_the_api_and_nothing_else(running: Droplet) -> None:
    assert tailnet_reaches(running) == TAILNET_MAY


def test_direct_connections_open_one_udp_port_to_the_public(running: Droplet, env: Mapping[str, str]) -> None:
    guard(running.host, {**env, **DIRECT})
    assert public_reaches(running, PUBLIC_MAY | DIRECT_UDP) == PUBLIC_MAY | DIRECT_UDP
    assert tailnet_reaches(running) == TAILNET_MAY
    guard(running.host, env)
    assert public_reaches(running) == PUBLIC_MAY


def test_ports_that_objects_take_on_the_host_stay_closed(running: Droplet, env: Mapping[str, str]) -> None:
    restore(running.host, env, ROGUE)
    assert public_reaches(running) == PUBLIC_MAY
    assert tailnet_reaches(running) == TAILNET_MAY


def test_an_object_that_takes_the_port_of_ssh_is_reached_by_nobody(running: Droplet, env: Mapping[str, str]) -> None:
    restore(running.host, env, ROGUE_SSH)
    api = ports(Protocol.TCP, droplet.TAILNET, (6443,))
    assert public_reaches(running, frozenset()) == frozenset()
    assert tailnet_reaches(running, api) == api


@pytest.mark.parametrize("failing", [None, 30], ids=["succeeds", "fails"])
def test_it_holds_when_a_reload_of_nixos_firewall(
    running: Droplet, env: Mapping[str, str], failing: int | None
) -> None:
    restore(running.host, env, ROGUE)
    assert reload_firewall(running.host, env, failing) is (failing is None)
    assert public_reaches(running) == PUBLIC_MAY
    assert tailnet_reaches(running) == TAILNET_MAY


def test_loading_everything_twice_changes_nothing(running: Droplet, env: Mapping[str, str]) -> None:
    once = [running.host.run(f"{family}-save", env=env).stdout for family in host_rules.FAMILIES]
    guard(running.host, env)
    assert reload_firewall(running.host, env)
    guard(running.host, env)
    assert public_reaches(running) == PUBLIC_MAY
    assert tailnet_reaches(running) == TAILNET_MAY
    twice = [running.host.run(f"{family}-save", "--table", "mangle", env=env).stdout for family in host_rules.FAMILIES]
    assert [text.count("-j lab-guard-in") for text in twice] == [1, 1]
    assert [text.count(" lab-guard-") for text in twice] == [text.count(" lab-guard-") for text in once]


def test_the_guard_is_first_again_whatever_was_put_before_it(running: Droplet, env: Mapping[str, str]) -> None:
    for family in host_rules.FAMILIES:
        running.host.run(family, "-w", "-t", "mangle", "-I", "PREROUTING", "-j", "ACCEPT", env=env)
    assert public_reaches(running, DIRECT_UDP) == PUBLIC_MAY | DIRECT_UDP
    guard(running.host, env)
    assert public_reaches(running) == PUBLIC_MAY


def test_pods_reach_names_the_api_and_the_internet_but_not_the_cloud_s_metadata(running: Droplet) -> None:
    must = (
        ports(Protocol.UDP, (droplet.DNS_SERVICE,), (53,))
        | ports(Protocol.TCP, (droplet.DNS_SERVICE,), (53,))
        | ports(Protocol.TCP, (droplet.API_SERVICE,), (443,))
        | ports(Protocol.TCP, (droplet.INTERNET,), (80,))
    )
    must_not = ports(Protocol.TCP, (droplet.METADATA,), (80,))
    assert reached(running.pod, must | must_not, must) == must


def test_the_host_itself_reaches_the_metadata_and_what_it_forwards_to(running: Droplet, env: Mapping[str, str]) -> None:
    """cloud-init reads the one, `tailscale serve` hands requests to the other."""
    assert reached(running.pod, ports(Protocol.TCP, (droplet.METADATA,), (80,))) == frozenset()
    must = ports(Protocol.TCP, (droplet.METADATA, droplet.INTERNET), (80,)) | ports(
        Protocol.TCP, (droplet.POD,), (droplet.POD_WEB,)
    )
    assert reached(running.host, must, must) == must
    host_rules.clear(running.host, env)
    assert reached(running.host, must, must) == must


def test_a_service_that_leads_to_the_metadata_leads_no_pod_there(running: Droplet, env: Mapping[str, str]) -> None:
    """Kubernetes refuses such endpoints today; the guard looks at where a packet goes, not at what it asked for."""
    service = "10.43.0.99"
    words = ("-d", service, "-p", "tcp", "--dport", "80", "-j", "DNAT", "--to-destination", f"{droplet.METADATA}:80")
    running.host.run("iptables", "-w", "-t", "nat", "-A", "PREROUTING", *words, env=env)
    assert reached(running.pod, ports(Protocol.TCP, (service,), (80,))) == frozenset()
