"""A host joins its tailnet and follows its configuration: the real tailscaled, the flags of the modules."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from ailab.host_facts import MACHINE_TAG, HostFacts
from tests.canaries import watched_programs
from tests.host.evaluation import Host, evaluated
from tests.host.nixos_tailscale import Units
from tests.host.tailnet import Tailnet, tailnet

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("bash", "ip", "iptables", "jq", "nix-instantiate", "unshare"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
POLICY: Final = {"tagOwners": {MACHINE_TAG: []}, "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]}


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tailnet]:
    with tailnet(tmp_path_factory.mktemp("tailnet"), POLICY) as net:
        yield net


@contextmanager
def machine(net: Tailnet, folder: Path, number: int) -> Iterator[Units]:
    """Start a host that is in no tailnet yet; its key lies where the facts of `told` say."""
    with net.machine(f"host{number}", number) as machine, net.host(machine, folder / "state") as member:
        yield Units(member, folder / "units")


def told(facts: HostFacts, folder: Path, lab: str = "gpu-lab") -> HostFacts:
    """Give the facts of a lab whose key lies in a folder of the test."""
    return replace(facts, lab=lab, secrets=replace(facts.secrets, tailscale_key=str(folder / "key")))


def handed_over(net: Tailnet, folder: Path) -> bytes:
    key = net.control.key(MACHINE_TAG)
    (folder / "key").write_text(key, encoding="utf-8")
    (folder / "key").chmod(0o600)
    return key.encode()


def settings(units: Units) -> tuple[str, bool]:
    """Read the machine's name, and whether it takes names from the tailnet, out of tailscaled."""
    found = json.loads(units.member.tailscale("debug", "prefs").stdout)
    return found["Hostname"], found["CorpDNS"]


def configured(facts: HostFacts, folder: Path) -> Host:
    folder.mkdir()
    return evaluated(facts, folder)


def test_a_host_joins_and_no_program_has_the_key_among_its_arguments(
    net: Tailnet, facts: HostFacts, tmp_path: Path
) -> None:
    host, key = configured(told(facts, tmp_path), tmp_path / "nix"), handed_over(net, tmp_path)
    with machine(net, tmp_path, 3) as units, watched_programs() as programs:
        units.become(host)
        # nixpkgs has it after the one that joins (https://github.com/NixOS/nixpkgs/pull/409924); before is well, too.
        assert units.set(host).status == 0
        done = units.autoconnect(host)
        assert (done.status, units.member.state) == (0, "Running"), done.stderr
        assert settings(units) == ("gpu-lab", False)
        assert b"--auth-key\0file:" in units.arguments
        assert key not in units.arguments
    assert [line for line in programs.lines if key in line] == []


def test_the_same_search_finds_a_key_that_the_unit_itself_hands_over(
    net: Tailnet, facts: HostFacts, tmp_path: Path
) -> None:
    host, key = configured(told(facts, tmp_path), tmp_path / "nix"), handed_over(net, tmp_path)
    naive = Host(
        [
            replace(each, value=str(tmp_path / "key")) if each.path[-1] == "authKeyFile" else each
            for each in host.settings
        ]
    )
    with machine(net, tmp_path, 4) as units:
        units.become(naive)
        assert units.autoconnect(naive).status == 0
        assert key in units.arguments


def test_a_changed_flag_arrives_at_a_host_that_has_joined(net: Tailnet, facts: HostFacts, tmp_path: Path) -> None:
    before = configured(told(facts, tmp_path), tmp_path / "before")
    after = configured(told(facts, tmp_path, lab="renamed"), tmp_path / "after")
    handed_over(net, tmp_path)
    with machine(net, tmp_path, 5) as units:
        units.become(before)
        assert (units.autoconnect(before).status, units.set(before).status) == (0, 0)
        units.member.tailscale("set", "--accept-dns=true")  # by somebody's hand
        assert units.autoconnect(after).status == 0
        assert settings(units) == ("gpu-lab", True)  # joining alone changes nothing
        assert units.set(after).status == 0
        assert settings(units) == ("renamed", False)


def test_a_host_without_its_key_does_not_join_and_says_which_file_is_missing(
    net: Tailnet, facts: HostFacts, tmp_path: Path
) -> None:
    host = configured(told(facts, tmp_path), tmp_path / "nix")
    with machine(net, tmp_path, 6) as units:
        units.become(host)
        done = units.autoconnect(host)
        assert (done.status, units.member.state) == (1, "NeedsLogin")
        assert f"open {tmp_path}/key: no such file or directory" in done.stderr
