"""A droplet's network: the host, the internet before it, the tailnet beside it, and pods behind it.

The links have the names that they have on the droplet; `tailscale0` is a cable instead of tailscaled's device.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.host.namespaces import Namespace, connect, namespaces
from tests.host.reach import Protocol, answering, ports, reached

PUBLIC: Final = ("198.51.100.2", "2001:db8:1::2")
TAILNET: Final = ("100.64.0.1", "fd7a:115c:a1e0::1")
_PEER: Final = ("100.64.0.2", "fd7a:115c:a1e0::2")
INTERNET: Final = "203.0.113.10"  # RFC 5737: nobody has it
METADATA: Final = "169.254.169.254"
POD: Final = "10.42.0.10"
POD_IPV6: Final = "fd42::10"
DNS: Final = "10.42.0.53"
BRIDGE: Final = "10.42.0.1"
DNS_SERVICE: Final = "10.43.0.10"
API_SERVICE: Final = "10.43.0.1"
POD_WEB: Final = 8080

# What would answer on a host where nothing is closed: sshd, web servers, the API server, exporters, the kubelet, a node
# port; name servers, flannel, tailscaled, another WireGuard.
HOST_TCP: Final = (22, 80, 443, 6443, 9100, 10250, 30080)
HOST_UDP: Final = (53, 8472, 41641, 51820)


@dataclass(frozen=True)
class Droplet:
    """The machines of the network."""

    host: Namespace
    internet: Namespace
    peer: Namespace  # of the tailnet
    pod: Namespace
    dns: Namespace  # the pod of CoreDNS


@contextmanager
def droplet() -> Iterator[Droplet]:
    """Build the network, with everything listening and no rule anywhere."""
    with namespaces("host", "internet", "peer", "pod", "dns") as (host, internet, peer, pod, dns), ExitStack() as open_:
        _public_side(host, internet)
        _tailnet_side(host, peer)
        host.ip("link add cni0 type bridge", f"address add {BRIDGE}/24 dev cni0")
        host.ip("address add fd42::1/64 dev cni0 nodad", "link set cni0 up")
        _pod_side(host, pod, "veth-pod", POD)
        _pod_side(host, dns, "veth-dns", DNS)
        pod.ip(f"address add {POD_IPV6}/64 dev eth0 nodad", "route add default via fd42::1")
        _forward(host)
        for machine, tcp, udp in (
            (host, HOST_TCP, HOST_UDP),
            (internet, (80,), ()),
            (pod, (POD_WEB,), (POD_WEB,)),
            (dns, (53,), (53,)),
        ):
            open_.enter_context(answering(machine, tcp, udp))
        net = Droplet(host, internet, peer, pod, dns)
        _get_acquainted(net)
        yield net


def _get_acquainted(net: Droplet) -> None:
    """Let every machine learn its neighbours' addresses, so that whatever gets through later gets through at once."""
    pods = ports(Protocol.TCP, (POD, POD_IPV6), (POD_WEB,)) | ports(Protocol.TCP, (DNS,), (53,))
    for machine, addresses in ((net.internet, PUBLIC), (net.peer, TAILNET)):
        every = ports(Protocol.TCP, addresses, HOST_TCP) | ports(Protocol.UDP, addresses, HOST_UDP) | pods
        assert reached(machine, every, every) == every
    for machine, others in ((net.host, pods), (net.pod, ports(Protocol.TCP, (DNS,), (53,)))):
        assert reached(machine, others, others) == others


def _public_side(host: Namespace, internet: Namespace) -> None:
    connect(host, "eth0", internet, "eth0")
    host.ip(f"address add {PUBLIC[0]}/24 dev eth0", f"address add {PUBLIC[1]}/64 dev eth0 nodad")
    internet.ip("address add 198.51.100.1/24 dev eth0", "address add 2001:db8:1::1/64 dev eth0 nodad")
    internet.ip(f"address add {INTERNET}/32 dev lo", f"address add {METADATA}/32 dev lo")
    # A neighbour in the cloud's network can send what is for the addresses behind the host.
    internet.ip("route add 10.0.0.0/8 via 198.51.100.2", "route add fd42::/64 via 2001:db8:1::2")
    host.ip(
        "route add default via 198.51.100.1", "route add default via 2001:db8:1::1", f"route add {METADATA} dev eth0"
    )


def _tailnet_side(host: Namespace, peer: Namespace) -> None:
    connect(host, "tailscale0", peer, "tailscale0")
    for machine, addresses in ((host, TAILNET), (peer, _PEER)):
        machine.ip(
            f"address add {addresses[0]}/10 dev tailscale0", f"address add {addresses[1]}/48 dev tailscale0 nodad"
        )
    peer.ip(f"route add 10.0.0.0/8 via {TAILNET[0]}", f"route add fd42::/64 via {TAILNET[1]}")
    # tailscaled's device asks for no neighbours, and the guard lets none be asked for there.
    for machine, other, addresses in ((host, peer, _PEER), (peer, host, TAILNET)):
        for address in addresses:
            machine.ip(
                f"neighbour add {address} lladdr {other.link_address('tailscale0')} dev tailscale0 nud permanent"
            )


def _pod_side(host: Namespace, pod: Namespace, link: str, address: str) -> None:
    connect(host, link, pod, "eth0")
    host.ip(f"link set {link} master cni0")
    pod.ip(f"address add {address}/24 dev eth0", f"route add default via {BRIDGE}")


def _forward(host: Namespace) -> None:
    """Let the host forward, and let packets between pods of the bridge pass the rules, as k3s does."""
    settings = ("ipv4/ip_forward", "ipv6/conf/all/forwarding", "bridge/bridge-nf-call-iptables")
    with host.entered():
        for setting in settings:
            Path("/proc/sys/net", setting).write_text("1")
