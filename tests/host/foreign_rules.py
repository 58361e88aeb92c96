"""Rules that other programs of the host make, as iptables-restore reads them: tailscaled, k3s, rogue objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.host import droplet


@dataclass(frozen=True)
class Foreign:
    """Rules for each family; the empty text is none."""

    ipv4: str
    ipv6: str = ""

    @classmethod
    def of(cls, text: str) -> Foreign:
        """Fill in the addresses of each family; lines of IPv4 alone become comments in the other."""
        ipv4 = text.format(public=droplet.PUBLIC[0], pod=f"{droplet.POD}:{droplet.POD_WEB}", only_ipv4="")
        ipv6 = text.format(public=droplet.PUBLIC[1], pod=f"[{droplet.POD_IPV6}]:{droplet.POD_WEB}", only_ipv4="#")
        return cls(ipv4, ipv6)


# What tailscaled 1.102 makes, but for the line with its own address; test_tailnet.py compares.
TAILSCALED: Final = Foreign.of("""\
*mangle
-I PREROUTING -m conntrack --ctstate RELATED,ESTABLISHED -m connmark ! --mark 0x0/0xff0000 -j CONNMARK --restore-mark \
--nfmask 0xff0000 --ctmask 0xff0000
-I OUTPUT -m conntrack --ctstate NEW -m mark ! --mark 0x0/0xff0000 -j CONNMARK --save-mark \
--nfmask 0xff0000 --ctmask 0xff0000
COMMIT
*filter
:ts-forward - [0:0]
:ts-input - [0:0]
-I INPUT -j ts-input
-I FORWARD -j ts-forward
-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
-A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
{only_ipv4}-A ts-forward -s 100.64.0.0/10 -o tailscale0 -j DROP
-A ts-forward -o tailscale0 -j ACCEPT
-A ts-input -i tailscale0 -j ACCEPT
-A ts-input -p udp -m udp --dport 41641 -j ACCEPT
{only_ipv4}-A ts-input -s 100.115.92.0/23 ! -i tailscale0 -j RETURN
{only_ipv4}-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
COMMIT
*nat
:ts-postrouting - [0:0]
-I POSTROUTING -j ts-postrouting
-A ts-postrouting -m mark --mark 0x40000/0xff0000 -j MASQUERADE
COMMIT
""")

# What kube-proxy and flannel do for the pods that the lab has.
K3S: Final = Foreign(f"""\
*nat
-A PREROUTING -d {droplet.DNS_SERVICE} -p udp --dport 53 -j DNAT --to-destination {droplet.DNS}:53
-A PREROUTING -d {droplet.DNS_SERVICE} -p tcp --dport 53 -j DNAT --to-destination {droplet.DNS}:53
-A PREROUTING -d {droplet.API_SERVICE} -p tcp --dport 443 -j DNAT --to-destination {droplet.PUBLIC[0]}:6443
-A POSTROUTING -s 10.42.0.0/16 ! -d 10.42.0.0/16 -j MASQUERADE
COMMIT
""")

# A hostPort (80, UDP 53), a NodePort (30080) and a load balancer (443): each leads to the pod before the host's own
# firewall is asked.
ROGUE: Final = Foreign.of("""\
*nat
-A PREROUTING -p tcp --dport 80 -m addrtype --dst-type LOCAL -j DNAT --to-destination {pod}
-A PREROUTING -p udp --dport 53 -m addrtype --dst-type LOCAL -j DNAT --to-destination {pod}
-A PREROUTING -p tcp --dport 30080 -m addrtype --dst-type LOCAL -j DNAT --to-destination {pod}
-A PREROUTING -d {public} -p tcp --dport 443 -j DNAT --to-destination {pod}
-A POSTROUTING -o cni0 -j MASQUERADE
COMMIT
""")

ROGUE_SSH: Final = Foreign.of("""\
*nat
-A PREROUTING -p tcp --dport 22 -m addrtype --dst-type LOCAL -j DNAT --to-destination {pod}
COMMIT
""")
