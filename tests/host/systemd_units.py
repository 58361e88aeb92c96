"""Unit files of the host's services, as NixOS writes them from what a module sets, for systemd's own verifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from infra import process
from infra.errors import LabError
from tests.host.recorded import SECONDS

Service = Mapping[str, object]

# nixos/lib/systemd-lib.nix and systemd-unit-options.nix of nixpkgs.
_UNIT_KEYS: Final = {
    "after": "After",
    "before": "Before",
    "bindsTo": "BindsTo",
    "conflicts": "Conflicts",
    "description": "Description",
    "partOf": "PartOf",
    "requires": "Requires",
    "wants": "Wants",
}
_COMMANDS: Final = {"script": "ExecStart", "reload": "ExecReload"}
_NOT_WRITTEN: Final = {"enableStrictShellChecks", "path", "reloadIfChanged", "requiredBy", "stopIfChanged", "wantedBy"}
_STORE: Final = re.compile(r"/nix/store/stand-in-coreutils/bin/")  # systemd looks whether a program is there
# What others bring, and this project's units are ordered by.
_OTHERS: Final = (
    "firewall",
    "k3s",
    "nix-daemon",
    "nvidia-container-toolkit-cdi-generator",
    "systemd-networkd",
    "systemd-resolved",
    "tailscaled",
    "tailscaled-autoconnect",
)


def write(services: Mapping[str, Service], folder: Path) -> list[Path]:
    """Write a unit file for each service, and a drop-in for each that adds to another's; return the units' files."""
    for name in _OTHERS:
        (folder / f"{name}.service").write_text("[Service]\nExecStart=/bin/true\n")
    for name, service in services.items():
        file = folder / f"{name}.service"
        if file.exists():
            drop_in = folder / f"{name}.service.d"
            drop_in.mkdir()
            (drop_in / "overrides.conf").write_text(rendered(name, service, folder))
        else:
            file.write_text(rendered(name, service, folder))
    for name, service in services.items():
        _link(folder, f"{name}.service", service)
    return [folder / f"{name}.service" for name in services]


def complaints(units: list[Path], folder: Path) -> list[str]:
    """Return what systemd says against the units."""
    words: list[str | Path] = ["systemd-analyze", "verify", "--man=no", *units]
    done = process.run(words, timeout=SECONDS, env={"SYSTEMD_UNIT_PATH": f"{folder}:"}, check=False)
    return done.stderr.splitlines()


def rendered(name: str, service: Service, folder: Path) -> str:
    """Return the text of a unit file; scripts are written beside it.

    Raises:
        LabError: a setting that no unit file has.

    """
    sections: dict[str, list[str]] = {"Unit": [], "Service": []}
    for key, value in service.items():
        if key in _UNIT_KEYS:
            sections["Unit"] += _lines(_UNIT_KEYS[key], value)
        elif key in _COMMANDS:
            sections["Service"] += _lines(_COMMANDS[key], str(_program(folder / f"{name}-{key}", str(value))))
        elif key in {"unitConfig", "serviceConfig"} and isinstance(value, dict):
            section = "Unit" if key == "unitConfig" else "Service"
            sections[section] += [line for name_, inner in value.items() for line in _lines(name_, inner)]
        elif key == "environment" and isinstance(value, dict):
            sections["Service"] += [f'Environment="{variable}={content}"' for variable, content in value.items()]
        elif key not in _NOT_WRITTEN:
            message = f"systemd.services.{name}.{key}: no line of a unit file is known for it"
            raise LabError(message)
    return "".join(f"[{section}]\n" + "".join(f"{line}\n" for line in lines) for section, lines in sections.items())


def _program(file: Path, text: str) -> Path:
    file.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}")
    file.chmod(0o755)
    return file


def _lines(key: str, value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        text = str(each).lower() if isinstance(each, bool) else str(each)
        yield f"{key}={_STORE.sub('/usr/bin/', text)}"


def _link(folder: Path, unit: str, service: Service) -> None:
    """Let other units want or require this one."""
    for key, suffix in (("wantedBy", "wants"), ("requiredBy", "requires")):
        others = service.get(key, [])
        for other in others if isinstance(others, list) else []:
            links = folder / f"{other}.{suffix}"
            links.mkdir(exist_ok=True)
            (links / unit).symlink_to(folder / unit)
