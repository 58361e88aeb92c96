"""What the host's scripts are told, and with what they run: as the head of each says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from ailab.host_facts import STAGED, HostFacts
from infra.shipping.change import GUARD, RESTART_NEEDED, TRIED
from tests.host.evaluation import NIXOS, Host

SCRIPTS = sorted((NIXOS / "scripts").glob("*.sh"))
PACKAGES = "/nix/store/stand-in-"
# Programs that bash has not, by the package that brings each.
BROUGHT = {
    "awk": "gawk",
    "iptables": "iptables",
    "jq": "jq",
    "ss": "iproute2",
    "tailscale": "tailscale",
}
# NixOS puts these into the path of every unit (nixpkgs, nixos/lib/systemd-lib.nix), and promises none to a login.
IN_EVERY_UNIT = {
    "grep": "gnugrep",
    "mktemp": "coreutils",
    "sed": "gnused",
    "shutdown": "systemd",
    "systemctl": "systemd",
}
GIVEN_BY_SSHD = {"SSH_CONNECTION"}
pytestmark = pytest.mark.needs("nix-instantiate")


def _runs(host: Host) -> Mapping[str, Mapping[str, object]]:
    """Give the environment and the path of every script, by the script's text."""
    services = host.value("systemd", "services")
    units = services.values() if isinstance(services, dict) else ()
    packages = host.value("environment", "systemPackages")
    told = (str(each).partition(" ")[2] for each in packages) if isinstance(packages, list) else ()
    programs = (json.loads(text) for text in told if text)
    return {each["script"]: each for each in (*units, *programs) if "script" in each}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_told_what_its_head_names_and_nothing_else(script: Path, good: Host) -> None:
    run = _runs(good)[script.read_text(encoding="utf-8")]
    named = set(re.findall(r"^#   ([A-Z_]+)  ", script.read_text(encoding="utf-8"), re.MULTILINE))
    assert isinstance(run["environment"], dict)
    assert set(run["environment"]) == named - GIVEN_BY_SSHD
    assert named


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_has_the_programs_that_it_runs(script: Path, good: Host) -> None:
    run = _runs(good)[script.read_text(encoding="utf-8")]
    code = "\n".join(line.partition("# ")[0] for line in script.read_text(encoding="utf-8").splitlines())
    brought = BROUGHT if "description" in run else {**BROUGHT, **IN_EVERY_UNIT}
    needed = {package for program, package in brought.items() if re.search(rf"\b{program} [-a-z0-9']", code)}
    assert run["path"] == sorted(f"{PACKAGES}{package}" for package in needed)


def test_every_unit_that_runs_a_script_is_checked_as_strictly_as_the_script_itself(good: Host) -> None:
    services = good.value("systemd", "services")
    assert isinstance(services, dict)
    strict = {name: unit.get("enableStrictShellChecks") for name, unit in services.items() if "script" in unit}
    assert strict == {"lab-guard": True, "lab-serve": True}


def test_the_guard_of_a_change_is_called_and_looked_for_as_the_host_has_it(good: Host, facts: HostFacts) -> None:
    packages = good.value("environment", "systemPackages")
    assert isinstance(packages, list)
    [told] = [each.removeprefix(f"{PACKAGES}{GUARD} ") for each in packages if each.startswith(f"{PACKAGES}{GUARD} ")]
    assert json.loads(told)["environment"] == {
        "ROLLBACK_FLAKE": f"path:{STAGED}#{facts.lab}",
        "ROLLBACK_FOLDER": str(TRIED.parent),
        "ROLLBACK_MINUTES": facts.change.minutes,
        "ROLLBACK_SSH_PORT": facts.ssh.port,
        "ROLLBACK_SYSTEMS": "/run",
    }


def test_the_guard_of_a_change_says_that_a_restart_is_needed_as_it_is_listened_to() -> None:
    assert f'echo "{RESTART_NEEDED}"\n' in (NIXOS / "scripts" / "rollback.sh").read_text(encoding="utf-8")
