"""What a lab's host must set, option by option, and why: the promises that no type checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ailab.host_facts import HostFacts
from tests.host.evaluation import Host, OptionPath, shown

Value = Callable[[HostFacts], object]
Condition = Callable[[HostFacts], bool]

GUARD: Final = ("systemd", "services", "lab-guard")
K3S: Final = ("services", "k3s")
K3S_UNIT: Final = ("systemd", "services", "k3s")
SSH: Final = ("services", "openssh")
TAILSCALE: Final = ("services", "tailscale")
FIREWALL: Final = ("networking", "firewall")
DROPLET: Final = ("virtualisation", "digitalOcean")
CDI: Final = "nvidia-container-toolkit-cdi-generator.service"


@dataclass(frozen=True)
class Promise:
    """One option of one file that has this value, or these items among others."""

    file: str
    option: OptionPath
    value: Value
    why: str
    among: bool = False
    forced: bool = False  # nixpkgs' own module sets it, too
    when: Condition = lambda _facts: True

    def broken(self, host: Host, facts: HostFacts) -> Iterator[str]:
        """Say what is there instead."""
        found, wanted = host.value(*self.option), self.value(facts)
        name = f"modules/{self.file}.nix: {shown(self.option)}"
        if not self.when(facts):
            if found is not None:
                yield f"{name}: is set where it has no place"
        elif self.among and isinstance(wanted, list):
            lacking = [item for item in wanted if not isinstance(found, list) or item not in found]
            yield from (f"{name}: lacks {item!r}: {self.why}" for item in lacking)
        elif found != wanted or type(found) is not type(wanted):
            yield f"{name}: is {found!r}, not {wanted!r}: {self.why}"
        elif self.forced and any(setting.priority >= 100 for setting in host.strongest(self.option)):
            yield f"{name}: is not forced: {self.why}"


def _gpu(facts: HostFacts) -> bool:
    return facts.gpu is not None


def always(value: object) -> Value:
    """Make a value that does not depend on the lab."""
    return lambda _facts: value


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
    Promise("tailscale", (*TAILSCALE, "authKeyFile"), lambda f: f.secrets.tailscale_key, "there the key is put"),
    Promise(
        "tailscale",
        (*TAILSCALE, "extraUpFlags"),
        lambda f: [f"--advertise-tags={f.tailscale.tag}", f"--hostname={f.lab}", "--accept-dns=false"],
        "tagged, so that its key does not expire and the policy applies; no names of the tailnet",
        among=True,
    ),
)
CLUSTER: Final = (
    Promise("k3s", (*K3S, "role"), always("server"), "an agent runs no API server"),
    Promise("k3s", (*K3S, "tokenFile"), lambda f: f.secrets.k3s_token, "there the token is put"),
    Promise("k3s", (*K3S, "nodeLabel"), lambda f: list(f.k3s.labels), "the ingress controller runs beside tailscaled"),
    Promise("k3s", (*K3S, "disable"), always(["servicelb", "traefik"]), "they open the host's ports", among=True),
    Promise(
        "storage",
        (*K3S_UNIT, "unitConfig", "RequiresMountsFor"),
        lambda f: [f.state.folder, "/var/lib/rancher", "/etc/rancher/node"],
        "without the volume the cluster would begin anew on a disk that goes with the droplet",
    ),
    Promise(
        "storage",
        ("systemd", "services", "tailscaled", "unitConfig", "RequiresMountsFor"),
        always(["/var/lib/tailscale"]),
        "without the volume the machine would join the tailnet under another name",
    ),
    Promise("gpu", (*K3S_UNIT, "after"), always([CDI]), "pods need the list of devices", among=True, when=_gpu),
    Promise("gpu", (*K3S_UNIT, "wants"), always([CDI]), "pods need the list of devices", among=True, when=_gpu),
    Promise(
        "gpu",
        (*K3S_UNIT, "path"),
        always(
            [f"/nix/store/stand-in-nvidia-container-toolkit{suffix}" for suffix in ("", "-tools")]
            + ["/nix/store/stand-in-runc"]
        ),
        "k3s makes runtimes of the programs that it finds",
        among=True,
        when=_gpu,
    ),
    Promise("gpu", ("hardware", "nvidia", "open"), always(value=True), "the evaluation fails without it", when=_gpu),
    Promise("gpu", ("services", "xserver", "videoDrivers"), always(["nvidia"]), "the toolkit asserts it", when=_gpu),
    Promise("gpu", ("hardware", "nvidia-container-toolkit", "enable"), always(value=True), "CDI", when=_gpu),
    Promise(
        "gpu",
        ("hardware", "nvidia-container-toolkit", "device-name-strategy"),
        lambda f: f.gpu.device_names if f.gpu else None,
        "the device plugin asks for devices by these names",
        when=_gpu,
    ),
)
MACHINE: Final = (
    Promise("users", ("users", "mutableUsers"), always(value=False), "no password is set on the machine"),
    Promise(
        "users",
        ("users", "users"),
        lambda f: {"root": {"openssh": {"authorizedKeys": {"keys": list(f.ssh.keys)}}}},
        "root with the keys of the lab's file, and nobody else",
    ),
    Promise("users", (*SSH, "enable"), always(value=True), "the only way to repair the machine"),
    Promise("users", (*SSH, "ports"), lambda f: [f.ssh.port], "the filters name it"),
    Promise("users", (*SSH, "openFirewall"), always(value=False), "firewall.nix says what is open"),
    Promise("users", (*SSH, "authorizedKeysInHomedir"), always(value=False), "keys of the lab's file alone"),
    Promise("users", (*SSH, "settings", "PasswordAuthentication"), always(value=False), "keys alone"),
    Promise(
        "users", (*SSH, "settings", "KbdInteractiveAuthentication"), always(value=False), "passwords by another name"
    ),
    Promise("users", (*SSH, "settings", "PermitRootLogin"), always("prohibit-password"), "keys alone"),
    Promise(
        "digitalocean", (*DROPLET, "rebuildFromUserData"), always(value=False), "user data would become the system"
    ),
    Promise("digitalocean", (*DROPLET, "setSshKeys"), always(value=False), "keys of the lab's file alone"),
    Promise("digitalocean", (*DROPLET, "setRootPassword"), always(value=False), "no password"),
    Promise(
        "digitalocean", (*DROPLET, "seedEntropy"), always(value=False), "a script of the network would run as root"
    ),
    Promise("digitalocean", ("services", "do-agent", "enable"), always(value=False), "it reports to the outside"),
    Promise(
        "digitalocean",
        ("networking", "useDHCP"),
        always(value=False),
        "a droplet is answered no DHCP, and nixpkgs asks for it",
        forced=True,
    ),
    Promise(
        "disk",
        ("boot", "loader", "grub", "devices"),
        always(["/dev/vda"]),
        "nixpkgs and disko name the disk, too, and GRUB takes it once",
        forced=True,
    ),
    Promise("disk", ("boot", "loader", "grub", "efiSupport"), always(value=True), "removable GRUB is EFI's"),
    Promise(
        "disk", ("boot", "loader", "grub", "efiInstallAsRemovable"), always(value=True), "no access to EFI variables"
    ),
)
PROMISES: Final = (*NETWORK, *CLUSTER, *MACHINE)


def promises(host: Host, facts: HostFacts) -> Iterator[str]:
    """Find every promise that is broken."""
    for promise in PROMISES:
        yield from promise.broken(host, facts)
