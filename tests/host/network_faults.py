"""Mistakes that open doors."""

from __future__ import annotations

from typing import Final

from tests.host.fault import fault

DOOR: Final = (
    fault("browsers led past the ingress controller", "serve", "${web.address}:", "127.0.0.1:", "environment"),
    fault("another exposure than the lab's", "serve", "web.exposure", '"services-"', "environment"),
    fault("one name alone", "serve", 'lib.concatStringsSep " " web.hosts', "builtins.head web.hosts", "environment"),
    fault(
        "names before there is a tailnet",
        "serve",
        'after = [ "tailscaled-autoconnect.service" ];',
        "",
        "lab-serve.after",
    ),
    fault("names that tailscaled forgets when it restarts", "serve", "partOf =", "upheldBy =", "lab-serve.partOf"),
    fault("names that come only by hand", "serve", 'wantedBy = [ "multi-user.target" ];', "", "lab-serve.wantedBy"),
)
FIREWALL: Final = (
    fault(
        "the API server for everybody",
        "firewall",
        "[ facts.ssh.port ]",
        "[ facts.ssh.port facts.k3s.api_port ]",
        "allowedTCPPorts",
    ),
    fault("web ports for everybody", "firewall", "[ facts.ssh.port ]", "[ facts.ssh.port 80 443 ]", "allowedTCPPorts"),
    fault(
        "Tailscale's port open in any case",
        "firewall",
        "lib.optional facts.tailscale.direct facts.tailscale.udp_port",
        "[ facts.tailscale.udp_port ]",
        "allowedUDPPorts",
    ),
    fault(
        "the tailnet's interface trusted",
        "firewall",
        "facts.k3s.interfaces",
        'facts.k3s.interfaces ++ [ "tailscale0" ]',
        "trustedInterfaces",
    ),
    fault("the public interface trusted", "firewall", "facts.k3s.interfaces", '[ "eth0" ]', "trustedInterfaces"),
    fault(
        "the kubelet for the tailnet",
        "firewall",
        "[ facts.k3s.api_port ]",
        "[ facts.k3s.api_port 10250 ]",
        "networking.firewall.interfaces",
    ),
    fault(
        "own rules in the firewall's script",
        "firewall",
        "allowPing = false;",
        'allowPing = false;\n    extraCommands = "iptables -A INPUT -j DROP";',
        "extraCommands",
    ),
    fault(
        "own rules in its end",
        "firewall",
        "allowPing = false;",
        'allowPing = false;\n    extraStopCommands = "true";',
        "extraStopCommands",
    ),
    fault("nftables", "firewall", "nftables.enable = false", "nftables.enable = true", "networking.nftables.enable"),
    fault("no firewall", "firewall", "enable = true", "enable = false", "networking.firewall.enable"),
    fault("pings", "firewall", "allowPing = false;", "", "networking.firewall.allowPing"),
    fault(
        "Tailscale opens its port itself",
        "tailscale",
        "enable = true;",
        "enable = true;\n    openFirewall = true;",
        "services.tailscale.openFirewall",
    ),
    fault("SSH opens its port itself", "users", "openFirewall = false;", "", "services.openssh.openFirewall"),
    fault(
        "an exporter for everybody",
        "monitoring",
        "systemd.coredump",
        "services.prometheus.exporters.node = { enable = true; openFirewall = true; };\n  systemd.coredump",
        "exporters.node.openFirewall",
    ),
    fault(
        "tailscaled without the guard",
        "guard",
        "requiredBy = guarded;",
        'requiredBy = [ "k3s.service" ];',
        "requiredBy",
        "tailscaled",
    ),
    fault(
        "the guard after the network",
        "guard",
        '"network-pre.target"\n      "firewall.service"',
        '"firewall.service"',
        "before",
    ),
    fault("a guard that restarts what needs it", "guard", "reloadIfChanged = true;", "", "reloadIfChanged"),
    fault(
        "a guard that waits for the network",
        "guard",
        "unitConfig.DefaultDependencies = false;",
        "",
        "DefaultDependencies",
    ),
    fault(
        "a guard that trusts the tailnet",
        "guard",
        'lib.concatStringsSep " " facts.k3s.interfaces',
        '"cni0 tailscale0"',
        "environment",
    ),
    fault(
        "a guard that always opens UDP",
        "guard",
        "lib.optionalString facts.tailscale.direct (toString facts.tailscale.udp_port)",
        "toString facts.tailscale.udp_port",
        "environment",
    ),
)
