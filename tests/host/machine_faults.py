"""Mistakes about secrets, people and the droplet."""

from __future__ import annotations

from typing import Final

from tests.host.fault import fault

SECRETS: Final = (
    fault("secrets for everybody", "secrets", "0700", "0755", "systemd.tmpfiles.rules"),
    fault(
        "a token in the store",
        "k3s",
        "facts.secrets.k3s_token",
        "../README.md",
        "services.k3s.tokenFile",
        "in the store",
    ),
    fault(
        "a key in the store",
        "tailscale",
        "facts.secrets.tailscale_key",
        "../README.md",
        "services.tailscale.authKeyFile",
        "in the store",
    ),
    fault(
        "a token in the module",
        "k3s",
        "tokenFile = facts.secrets.k3s_token",
        'token = "K10abc"',
        "services.k3s.token",
        "a secret itself",
    ),
    fault(
        "a key among flags",
        "tailscale",
        '"--accept-dns=false"',
        '"--accept-dns=false"\n      "--auth-key=tskey-auth-k123"',
        "extraUpFlags",
        "looks like a secret",
    ),
    fault(
        "a key in a unit's environment",
        "guard",
        "environment = {",
        'environment = {\n      OPENAI_API_KEY = "sk-0123456789abcdef";',
        "looks like a secret",
    ),
    fault(
        "a password",
        "users",
        "users.users.root.openssh",
        'users.users.root.hashedPassword = "$6$abc$def";\n  users.users.root.openssh',
        "hashedPassword",
        "a secret itself",
    ),
)
MACHINE: Final = (
    fault(
        "passwords over SSH",
        "users",
        "PasswordAuthentication = false",
        "PasswordAuthentication = true",
        "PasswordAuthentication",
    ),
    fault(
        "passwords by another name",
        "users",
        "      KbdInteractiveAuthentication = false;\n",
        "",
        "KbdInteractiveAuthentication",
    ),
    fault("root with a password", "users", '"prohibit-password"', '"yes"', "PermitRootLogin"),
    fault(
        "users that are made on the machine",
        "users",
        "mutableUsers = false",
        "mutableUsers = true",
        "users.mutableUsers",
    ),
    fault(
        "somebody else's key",
        "users",
        "keys = facts.ssh.keys;",
        'keys = facts.ssh.keys ++ [ "ssh-ed25519 AAAA other" ];',
        "users.users",
    ),
    fault(
        "another user",
        "users",
        "users.mutableUsers",
        "users.users.eve.isNormalUser = true;\n  users.mutableUsers",
        "users.users",
    ),
    fault("keys from files of the machine", "users", "authorizedKeysInHomedir = false;", "", "authorizedKeysInHomedir"),
    fault("another port of SSH", "users", "ports = [ facts.ssh.port ]", "ports = [ 2222 ]", "services.openssh.ports"),
    fault("a system out of user data", "digitalocean", "rebuildFromUserData = false;", "", "rebuildFromUserData"),
    fault("the account's keys", "digitalocean", "setSshKeys = false", "setSshKeys = true", "setSshKeys"),
    fault("a script of the metadata service", "digitalocean", "seedEntropy = false;", "", "seedEntropy"),
    fault("DigitalOcean's agent", "digitalocean", "services.do-agent.enable = false;", "", "services.do-agent.enable"),
    fault("an address by DHCP", "digitalocean", "lib.mkForce false", "false", "networking.useDHCP: is not forced"),
    fault(
        "a network that stops with its change",
        "digitalocean",
        "systemd-networkd.stopIfChanged = false",
        "systemd-networkd.stopIfChanged = true",
        "systemd-networkd.stopIfChanged",
    ),
    fault(
        "names that stop with their change",
        "digitalocean",
        "  systemd.services.systemd-resolved.stopIfChanged = false;\n",
        "",
        "systemd-resolved.stopIfChanged",
    ),
    fault(
        "a boot that ends at a console",
        "digitalocean",
        "enableEmergencyMode = false",
        "enableEmergencyMode = true",
        "Emergency",
    ),
    fault("GRUB's disk named twice", "disk", "lib.mkForce [ device ]", "[ device ]", "grub.devices: is not forced"),
    fault("GRUB for one kind of firmware", "disk", "efiSupport = true;", "", "efiSupport"),
    fault(
        "memory written by the kernel",
        "monitoring",
        "coredump.enable = true",
        "coredump.enable = false",
        "systemd.coredump.enable",
    ),
    fault("memory kept after a crash", "monitoring", "Storage=none", "Storage=external", "coredump.conf.d"),
    fault(
        "two names",
        "monitoring",
        "systemd.coredump",
        'networking.hostName = "other";\n  systemd.coredump',
        "networking.hostName: conflicting",
    ),
    fault("names of the tailnet on the machine", "tailscale", '      "--accept-dns=false"\n', "", "--accept-dns=false"),
    fault(
        "a machine without a tag",
        "tailscale",
        '      "--advertise-tags=${facts.tailscale.tag}"\n',
        "",
        "--advertise-tags",
    ),
)
