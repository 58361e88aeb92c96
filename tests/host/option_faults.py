"""Mistakes that NixOS itself would refuse."""

from __future__ import annotations

from typing import Final

from tests.host.fault import Fault, fault

# Nix itself says where.
EVALUATION: Final = (
    fault("a semicolon is missing", "users", "mutableUsers = false;", "mutableUsers = false", "syntax error"),
    fault("a name that nobody defined", "k3s", 'role = "server"', "role = server", "undefined variable 'server'"),
    fault("a package that nixpkgs has not", "guard", "pkgs.iptables", "pkgs.iptable", "'iptable' missing"),
    fault("a fact that the lab has not", "k3s", "k3s.api_port", "k3s.apiPort", "'apiPort' missing"),
    Fault("a script that is not there", "modules/guard.nix", "guard.sh", "guards.sh", ("scripts/guards.sh",)),
    fault(
        "a module that asks for the configuration",
        "tailscale",
        "enable = true;",
        "enable = config.services.k3s.enable;",
        "undefined variable 'config'",
    ),
    fault("a text where a number is joined", "guard", "toString facts.ssh.port", '"" + facts.ssh.port', "integer"),
)
# Against the options that NixOS declares.
OPTIONS: Final = (
    fault(
        "an option with a letter too few", "k3s", "extraFlags =", "extraFlag =", "services.k3s.extraFlag: is no option"
    ),
    fault("a unit's option misspelt", "guard", "requiredBy =", "requiredFor =", "lab-guard.requiredFor: is no option"),
    fault("a group misspelt", "firewall", "networking.firewall", "networking.firewal", "networking.firewal"),
    fault(
        "a former name",
        "users",
        "settings = {",
        "passwordAuthentication = false;\n    settings = {",
        "services.openssh.passwordAuthentication: is no option any more",
    ),
    fault(
        "a word where a list belongs",
        "k3s",
        'disable = [\n      "servicelb"\n      "traefik"\n    ]',
        'disable = "traefik"',
        "services.k3s.disable",
        "is not of type list of string",
    ),
    fault(
        "a port in quotes", "tailscale", "port = facts.tailscale.udp_port", 'port = "41641"', "services.tailscale.port"
    ),
    fault(
        "a port that is none",
        "firewall",
        "[ facts.ssh.port ]",
        "[ 70000 ]",
        "networking.firewall.allowedTCPPorts",
        "70000",
    ),
    fault("yes for true", "users", "PasswordAuthentication = false", 'PasswordAuthentication = "no"', "not of type"),
    fault(
        "a unit without its kind",
        "gpu",
        '"nvidia-container-toolkit-cdi-generator.service"',
        '"nvidia-container-toolkit-cdi-generator"',
        "systemd.services.k3s.after",
        "not of type",
    ),
    fault("no such choice", "gpu", "facts.gpu.device_names", '"serial"', "device-name-strategy", '"index", "uuid"'),
    fault(
        "an option of the driver misspelt", "gpu", "nvidiaPersistenced", "persistenced", "hardware.nvidia.persistenced"
    ),
    fault(
        "a group where a value belongs", "users", "openFirewall = false", "openFirewall.enable = false", "not of type"
    ),
    fault(
        "a value where a group belongs",
        "digitalocean",
        "virtualisation.digitalOcean = {",
        "virtualisation.digitalOcean = true; _unused.x = {",
        "virtualisation.digitalOcean: is a group",
    ),
)
