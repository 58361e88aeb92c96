"""What the network of the host promises."""

from __future__ import annotations

from typing import Final

from ailab.host_facts import HostFacts
from tests.host.promise import Promise, always

FIREWALL: Final = ("networking", "firewall")
GUARD: Final = ("systemd", "services", "lab-guard")
SERVE: Final = ("systemd", "services", "lab-serve")
TAILSCALE: Final = ("services", "tailscale")


def _door(facts: HostFacts) -> bool:
    return facts.web is not None


NETWORK: Final = (
    Promise("firewall", ("networking", "nftables", "enable"), always(value=False), "k3s writes iptables rules"),
    Promise("firewall", (*FIREWALL, "enable"), always(value=True), "the second of two filters"),
    Promise("firewall", (*FIREWALL, "allowPing"), always(value=False), "SSH alone is public"),
    Promise("firewall", (*FIREWALL, "allowedTCPPorts"), lambda f: [f.ssh.port], "SSH alone is public"),
    Promise(
        "firewall",
        (*FIREWALL, "allowedUDPPorts"),
        lambda f: [f.tailscale.udp_port] if f.tailscale.direct else [],
        "Tailscale's port is public only where the lab's file says so",
    ),
    Promise(
        "firewall",
        (*FIREWALL, "interfaces"),
        lambda f: {f.tailscale.interface: {"allowedTCPPorts": [f.k3s.api_port]}},
        "the tailnet reaches the API server and nothing else",
    ),
    Promise(
        "firewall",
        (*FIREWALL, "trustedInterfaces"),
        lambda f: list(f.k3s.interfaces),
        "pods reach the host; what comes in by another interface is filtered",
    ),
    Promise(
        "guard", (*GUARD, "before"), always(["network-pre.target", "firewall.service"]), "first of all", among=True
    ),
    Promise(
        "guard",
        (*GUARD, "before"),
        always(["k3s.service", "tailscaled.service"]),
        "what opens ports comes after it",
        among=True,
    ),
    Promise(
        "guard",
        (*GUARD, "requiredBy"),
        always(["k3s.service", "tailscaled.service"]),
        "what opens ports does not run without it",
    ),
    Promise("guard", (*GUARD, "reloadIfChanged"), always(value=True), "a restart would end k3s and tailscaled"),
    Promise(
        "guard", (*GUARD, "unitConfig", "DefaultDependencies"), always(value=False), "else it comes after the network"
    ),
    Promise(
        "guard",
        (*GUARD, "environment"),
        lambda f: {
            "GUARD_SSH_PORT": str(f.ssh.port),
            "GUARD_API_PORT": str(f.k3s.api_port),
            "GUARD_DIRECT_PORT": str(f.tailscale.udp_port) if f.tailscale.direct else "",
            "GUARD_TAILNET_INTERFACE": f.tailscale.interface,
            "GUARD_POD_INTERFACES": " ".join(f.k3s.interfaces),
        },
        "the filter opens what the lab's facts say",
    ),
    Promise("tailscale", (*TAILSCALE, "interfaceName"), lambda f: f.tailscale.interface, "the filters name it"),
    Promise("tailscale", (*TAILSCALE, "port"), lambda f: f.tailscale.udp_port, "the filters name it"),
    Promise(
        "tailscale",
        (*TAILSCALE, "authKeyFile"),
        always("/etc/gpu-lab/tailscale-auth-key"),
        "what is in this file becomes an argument",
    ),
    Promise(
        "tailscale",
        ("environment", "etc", "gpu-lab/tailscale-auth-key", "text"),
        lambda f: f"file:{f.secrets.tailscale_key}",
        "there the key is put, and tailscale reads it itself",
    ),
    Promise(
        "tailscale",
        (*TAILSCALE, "extraSetFlags"),
        lambda f: [f"--hostname={f.lab}", "--accept-dns=false"],
        "a machine that has joined takes a change, too",
    ),
    Promise(
        "tailscale",
        (*TAILSCALE, "extraUpFlags"),
        lambda f: [f"--advertise-tags={f.tailscale.tag}", f"--hostname={f.lab}", "--accept-dns=false"],
        "tagged, so that its key does not expire and the policy applies; no names of the tailnet",
        among=True,
    ),
)
DOOR: Final = (
    Promise(
        "serve",
        (*SERVE, "environment"),
        lambda f: (
            f.web
            and {
                "SERVE_EXPOSURE": f.web.exposure,
                "SERVE_TARGET": f"{f.web.address}:{f.web.port}",
                "SERVE_HOSTS": " ".join(f.web.hosts),
            }
        ),
        "tailscaled forwards to the ingress controller",
        when=_door,
    ),
    Promise(
        "serve",
        (*SERVE, "after"),
        always(["tailscaled-autoconnect.service"]),
        "nothing is served before the machine is in the tailnet",
        when=_door,
    ),
    Promise("serve", (*SERVE, "partOf"), always(["tailscaled.service"]), "it starts anew with tailscaled", when=_door),
    Promise("serve", (*SERVE, "wantedBy"), always(["multi-user.target"]), "checked at every boot", when=_door),
)
