"""NixOS's firewall, as its module writes it from the options of a host: the commands, one by one.

https://github.com/NixOS/nixpkgs/blob/0d953321a18cf484b637b9932f8b3040bbfb11e3/nixos/modules/services/networking/firewall-iptables.nix
Its scripts run under `bash -e`, and what it does for both families is two commands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

_CHAINS: Final = ("nixos-fw", "nixos-fw-accept", "nixos-fw-log-refuse", "nixos-fw-refuse")


class InterfaceFirewall(BaseModel):
    """What is open on one interface alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    allowed_tcp_ports: tuple[int, ...] = Field((), alias="allowedTCPPorts")


class Firewall(BaseModel):
    """The options below `networking.firewall` that this project sets. One that is new there must be modelled here."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enable: Literal[True]
    allowed_tcp_ports: tuple[int, ...] = Field(alias="allowedTCPPorts")
    allowed_udp_ports: tuple[int, ...] = Field((), alias="allowedUDPPorts")
    trusted_interfaces: tuple[str, ...] = Field((), alias="trustedInterfaces")
    interfaces: Mapping[str, InterfaceFirewall] = {}
    allow_ping: bool = Field(default=True, alias="allowPing")

    def start(self) -> tuple[str, ...]:
        """Return the commands of firewall-start."""
        return tuple(self._start())

    def stop(self) -> tuple[str, ...]:
        """Return the commands of firewall-stop: everything is open then."""
        return (
            *_both("-D INPUT -j nixos-drop", may_fail=True),
            *_both("-D INPUT -j nixos-fw", may_fail=True),
            *_both("-t mangle -D PREROUTING -j nixos-fw-rpfilter", may_fail=True),
        )

    def before_reload(self) -> tuple[str, ...]:
        """Return the commands of firewall-reload that come before firewall-start: they drop everything meanwhile."""
        return (
            *_both("-D INPUT -j nixos-drop", may_fail=True),
            *_both("-F nixos-drop", may_fail=True),
            *_both("-X nixos-drop", may_fail=True),
            *_both("-N nixos-drop"),
            *_both("-A nixos-drop -j DROP"),
            *_both("-A INPUT -j nixos-drop"),
        )

    def after_reload(self) -> tuple[str, ...]:
        """Return the commands of firewall-reload that follow when firewall-start has succeeded."""
        return _both("-D INPUT -j nixos-drop", may_fail=True)

    def _start(self) -> Iterator[str]:
        yield from _both("-D INPUT -j nixos-fw", may_fail=True)
        for chain in _CHAINS:
            yield from _both(f"-F {chain}", may_fail=True)
            yield from _both(f"-X {chain}", may_fail=True)
        yield from _both("-N nixos-fw-accept", "-A nixos-fw-accept -j ACCEPT")
        yield from _both("-N nixos-fw-refuse", "-A nixos-fw-refuse -j DROP")
        yield from _both("-N nixos-fw-log-refuse")
        yield from _both("-A nixos-fw-log-refuse -m pkttype ! --pkt-type unicast -j nixos-fw-refuse")
        yield from _both("-A nixos-fw-log-refuse -j nixos-fw-refuse")
        yield from _both("-N nixos-fw")
        yield from self._reverse_path()
        yield from self._accepted()
        yield from _both("-A nixos-fw -j nixos-fw-log-refuse")
        yield from _both("-A INPUT -j nixos-fw")

    def _reverse_path(self) -> Iterator[str]:
        for words in ("-D PREROUTING -j nixos-fw-rpfilter", "-F nixos-fw-rpfilter", "-X nixos-fw-rpfilter"):
            yield from _both(f"-t mangle {words}", may_fail=True)
        yield from _both("-t mangle -N nixos-fw-rpfilter", may_fail=True)
        yield from _both("-t mangle -A nixos-fw-rpfilter -m rpfilter --validmark -j RETURN")
        dhcp_server = "-s 0.0.0.0 -d 255.255.255.255 -p udp --sport 68 --dport 67"
        for words in ("-p udp --sport 67 --dport 68", dhcp_server):
            yield f"iptables -t mangle -A nixos-fw-rpfilter {words} -j RETURN"
        yield from _both("-t mangle -A nixos-fw-rpfilter -j DROP")
        yield from _both("-t mangle -A PREROUTING -j nixos-fw-rpfilter")

    def _accepted(self) -> Iterator[str]:
        accept = "-j nixos-fw-accept"
        for trusted in (*self.trusted_interfaces, "lo"):
            yield from _both(f"-A nixos-fw -i {trusted} {accept}")
        for prefix in ("ve", "vz", "vt", "ns"):
            yield from _both(f"-A nixos-fw -i {prefix}-+ -p udp --dport 67 {accept}")
        yield from _both(f"-A nixos-fw -m conntrack --ctstate ESTABLISHED,RELATED {accept}")
        for port in self.allowed_tcp_ports:
            yield from _both(f"-A nixos-fw -p tcp --dport {port} {accept}")
        for name, interface in self.interfaces.items():
            for port in interface.allowed_tcp_ports:
                yield from _both(f"-A nixos-fw -p tcp --dport {port} {accept} -i {name}")
        for port in self.allowed_udp_ports:
            yield from _both(f"-A nixos-fw -p udp --dport {port} {accept}")
        if self.allow_ping:
            yield f"iptables -w -A nixos-fw -p icmp --icmp-type echo-request {accept}"
        yield "ip6tables -A nixos-fw -p icmpv6 --icmpv6-type redirect -j DROP"
        yield "ip6tables -A nixos-fw -p icmpv6 --icmpv6-type 139 -j DROP"
        yield f"ip6tables -A nixos-fw -p icmpv6 {accept}"
        yield f"ip6tables -A nixos-fw -d fe80::/64 -p udp --dport 546 {accept}"


def _both(*commands: str, may_fail: bool = False) -> tuple[str, ...]:
    suffix = " 2>/dev/null || true" if may_fail else ""
    return tuple(f"{family} -w {words}{suffix}" for words in commands for family in ("iptables", "ip6tables"))
