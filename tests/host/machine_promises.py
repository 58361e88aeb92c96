"""What the machine promises."""

from __future__ import annotations

from typing import Final

from tests.host.promise import Promise, always

DROPLET: Final = ("virtualisation", "digitalOcean")
SSH: Final = ("services", "openssh")


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
        "monitoring",
        ("services", "journald", "extraConfig"),
        always("SystemMaxUse=2G\nMaxRetentionSec=30day\n"),
        "a log that grows fills the disk that builds and images need",
    ),
    Promise(
        "monitoring",
        ("systemd", "coredump", "enable"),
        always(value=True),
        "the kernel would write memory, with its keys, into the program's folder",
    ),
    Promise(
        "monitoring",
        ("environment", "etc", "systemd/coredump.conf.d/gpu-lab.conf", "text"),
        always("[Coredump]\nStorage=none\nProcessSizeMax=0\n"),
        "memory holds keys",
    ),
    Promise(
        "digitalocean", (*DROPLET, "rebuildFromUserData"), always(value=False), "user data would become the system"
    ),
    Promise("digitalocean", (*DROPLET, "setSshKeys"), always(value=False), "keys of the lab's file alone"),
    Promise("digitalocean", (*DROPLET, "setRootPassword"), always(value=False), "no password"),
    Promise(
        "digitalocean", (*DROPLET, "seedEntropy"), always(value=False), "a script of the network would run as root"
    ),
    Promise(
        "digitalocean",
        ("boot", "kernelParams"),
        always({"_type": "order", "priority": 1500, "content": ["console=tty0"]}),  # what lib.mkAfter gives
        "behind the serial console of nixpkgs, so that the droplet's console shows what systemd says",
    ),
    Promise("digitalocean", ("services", "do-agent", "enable"), always(value=False), "it reports to the outside"),
    Promise(
        "digitalocean",
        ("networking", "useDHCP"),
        always(value=False),
        "a droplet is answered no DHCP, and nixpkgs asks for it",
        forced=True,
    ),
    *(
        Promise(
            "digitalocean",
            ("systemd", "services", name, "stopIfChanged"),
            always(value=False),
            "the login that makes the change goes through it",
        )
        for name in ("systemd-networkd", "systemd-resolved")
    ),
    Promise(
        "digitalocean",
        ("systemd", "enableEmergencyMode"),
        always(value=False),
        "nobody has a password for its console",
    ),
    Promise(
        "disk",
        ("disko", "devices", "disk", "main", "device"),
        lambda f: f.disk,
        "the one that is looked at before it is written",
    ),
    Promise(
        "disk",
        ("boot", "loader", "grub", "devices"),
        lambda f: [f.disk],
        "nixpkgs and disko name the disk, too, and GRUB takes it once",
        forced=True,
    ),
    Promise("disk", ("boot", "loader", "grub", "efiSupport"), always(value=True), "removable GRUB is EFI's"),
    Promise(
        "disk", ("boot", "loader", "grub", "efiInstallAsRemovable"), always(value=True), "no access to EFI variables"
    ),
    Promise(
        "upgrade",
        ("boot", "loader", "grub", "configurationLimit"),
        always(5),
        "a boot partition without room for one more kernel refuses every change",
    ),
    Promise("base", ("nix", "daemonCPUSchedPolicy"), always("batch"), "a change is built beside a lab at work"),
    Promise("base", ("nix", "daemonIOSchedClass"), always("idle"), "a change is built beside a lab at work"),
    Promise(
        "base",
        ("systemd", "services", "nix-daemon", "serviceConfig"),
        always({"OOMScoreAdjust": 250}),
        "where memory ends, a build ends before a service of the lab",
    ),
)
