"""Mistakes in the modules are found here, not on a rented GPU."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from ailab.host_facts import HostFacts
from infra.errors import LabError
from tests.host.cluster_faults import CLUSTER
from tests.host.evaluation import NIXOS, Case, Host, evaluated_all
from tests.host.examination import faults_of, unknown_to_nixos
from tests.host.fault import Fault
from tests.host.machine_faults import MACHINE, SECRETS
from tests.host.network_faults import DOOR, FIREWALL
from tests.host.option_faults import EVALUATION, OPTIONS
from tests.host.options import DATA

SETTINGS = (*DOOR, *FIREWALL, *CLUSTER, *SECRETS, *MACHINE)
pytestmark = pytest.mark.needs("nix-instantiate")


def _case(fault: Fault, facts: HostFacts, folder: Path) -> Case:
    """Make the mistake in a copy of the modules."""
    shutil.copytree(NIXOS, folder)
    file = folder / fault.file
    text = file.read_text(encoding="utf-8")
    assert fault.old in text, f"{fault.name}: no longer fits the module"
    file.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")
    return Case(json.loads(facts.json()), folder)


@pytest.fixture(scope="module")
def hosts(facts: HostFacts, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Host]:
    """Evaluate all faults that Nix lets through."""
    folder = tmp_path_factory.mktemp("faults")
    faults = enumerate((*SETTINGS, *OPTIONS))
    return evaluated_all({fault.name: _case(fault, facts, folder / str(n)) for n, fault in faults}, folder)


def test_nothing_is_said_about_good_modules(good: Host, facts: HostFacts) -> None:
    assert [*faults_of(good, facts), *unknown_to_nixos(good)] == []


@pytest.mark.parametrize("fault", EVALUATION, ids=lambda fault: fault.name)
def test_what_nix_refuses_is_said_with_its_file(fault: Fault, facts: HostFacts, tmp_path: Path) -> None:
    case = _case(fault, facts, tmp_path / "nixos")
    with pytest.raises(LabError) as refusal:
        evaluated_all({fault.name: case}, tmp_path)
    assert [words for words in fault.said if words not in str(refusal.value)] == []


@pytest.mark.parametrize("fault", SETTINGS, ids=lambda fault: fault.name)
def test_a_fault_is_found_with_file_and_option(fault: Fault, hosts: Mapping[str, Host], facts: HostFacts) -> None:
    said = [*faults_of(hosts[fault.name], facts)]
    assert [line for line in said if all(words in line for words in fault.said)], said


@pytest.mark.skipif(not DATA.exists(), reason=f"NixOS's options are not beside the project: {DATA.name}")
@pytest.mark.parametrize("fault", OPTIONS, ids=lambda fault: fault.name)
def test_an_option_that_nixos_would_refuse_is_found(fault: Fault, hosts: Mapping[str, Host]) -> None:
    said = [*unknown_to_nixos(hosts[fault.name])]
    assert [line for line in said if all(words in line for words in fault.said)], said


def test_no_two_faults_have_one_name() -> None:
    names = [fault.name for fault in (*EVALUATION, *SETTINGS, *OPTIONS)]
    assert len(names) == len(set(names)) > 40
