"""The units of the host, as systemd sees them, and what depends on the guard."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from infra import process
from tests.host import host_rules, systemd_units
from tests.host.evaluation import Host
from tests.host.nixos_firewall import Firewall
from tests.host.recorded import SCRIPTS, SECONDS
from tests.host.systemd_units import Service

pytestmark = pytest.mark.needs("nix-instantiate", "systemd-analyze")

GUARD: Final = "lab-guard"
FAULTS: Final[Mapping[str, tuple[str, Service, str]]] = {
    "a misspelt key": ("lab-serve", {"unitConfig": {"RequireMountsFor": "/mnt/gpu-lab"}}, "RequireMountsFor"),
    "an unknown type": ("lab-serve", {"serviceConfig": {"Type": "once"}}, "once"),
    "a unit without its kind": ("lab-serve", {"after": ["tailscaled"]}, "tailscaled"),
    "a unit that nobody has": ("lab-serve", {"requires": ["k3.service"]}, "k3.service"),
    "a circle": (GUARD, {"after": ["k3s.service"], "requires": ["k3s.service"]}, "cycle"),
}


@pytest.fixture
def services(good: Host) -> dict[str, Service]:
    found = good.value("systemd", "services")
    assert isinstance(found, dict)
    return found


def test_systemd_has_nothing_against_the_units(services: dict[str, Service], tmp_path: Path) -> None:
    units = systemd_units.write(services, tmp_path)
    assert {"lab-guard.service", "lab-serve.service"} <= {unit.name for unit in units}
    assert systemd_units.complaints(units, tmp_path) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_systemd_finds(fault: str, services: dict[str, Service], tmp_path: Path) -> None:
    name, change, word = FAULTS[fault]
    units = systemd_units.write({**services, name: {**services[name], **change}}, tmp_path)
    assert word in "\n".join(systemd_units.complaints(units, tmp_path))


def test_nothing_that_opens_ports_starts_without_the_guard(services: dict[str, Service]) -> None:
    guard = services[GUARD]
    assert guard["requiredBy"] == ["k3s.service", "tailscaled.service"]
    assert isinstance(guard["before"], list)
    assert {"k3s.service", "tailscaled.service", "network-pre.target"} <= set(guard["before"])


def test_the_guard_has_nothing_that_takes_its_rules_away(services: dict[str, Service]) -> None:
    guard = services[GUARD]
    assert {key for key in guard if "top" in key} == set()
    assert guard["serviceConfig"] == {"RemainAfterExit": True, "Type": "oneshot"}
    assert guard["script"] == guard["reload"] == host_rules.GUARD.read_text()


def test_the_packet_filters_that_are_loaded_in_tests_are_those_of_the_host(
    good: Host, services: dict[str, Service]
) -> None:
    assert services[GUARD]["environment"] == host_rules.GUARD_ENVIRONMENT
    assert Firewall.model_validate(good.value("networking", "firewall")) == host_rules.FIREWALL


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda script: script.name)
def test_shellcheck_has_nothing_against(script: Path) -> None:
    done = process.run((Path(sys.executable).with_name("shellcheck"), script), timeout=SECONDS, check=False)
    assert (done.status, done.stdout) == (0, "")
