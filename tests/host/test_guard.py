"""What the guard asks of iptables, word for word; test_firewall.py says what that lets through."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from infra.process import Completed
from tests.host.host_rules import DIRECT, FAMILIES, GUARD_ENVIRONMENT
from tests.host.recorded import Machine

pytestmark = pytest.mark.needs("bash", "sed")

IN: Final = """\
*mangle
:lab-guard-in - [0:0]
:lab-guard-public - [0:0]
:lab-guard-forward - [0:0]
-A lab-guard-in -i lo -j RETURN
-A lab-guard-in -i cni0 -j RETURN
-A lab-guard-in -i flannel.1 -j RETURN
-A lab-guard-in -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
-A lab-guard-in -p tcp --dport 22 -j RETURN
-A lab-guard-in ! -i tailscale0 -g lab-guard-public
-A lab-guard-in -i tailscale0 -p tcp --dport 6443 -j RETURN
-A lab-guard-in -j DROP
"""
NEIGHBOURS: Final = "".join(
    f"-A lab-guard-public -p ipv6-icmp --icmpv6-type {number} -j RETURN\n" for number in (133, 134, 135, 136)
)
FORWARD: Final = """\
-A lab-guard-public -j DROP
{cni0}-A lab-guard-forward -i cni0 -j RETURN
{flannel}-A lab-guard-forward -i flannel.1 -j RETURN
-A lab-guard-forward -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
-A lab-guard-forward -j DROP
"""
END: Final = """\
-I PREROUTING -j lab-guard-in
-I FORWARD -j lab-guard-forward
COMMIT
"""
METADATA: Final = "-A lab-guard-forward -i {} -d 169.254.0.0/16 -j DROP\n"
RULES: Final = {
    "iptables": FORWARD.format(cni0=METADATA.format("cni0"), flannel=METADATA.format("flannel.1")),
    "ip6tables": NEIGHBOURS + FORWARD.format(cni0="", flannel=""),
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    for family in FAMILIES:
        machine.has(family)
        machine.has(f"{family}-restore", f'cat >"{tmp_path}/{family}.rules"')
    return machine


def guard(machine: Machine, **env: str) -> Completed:
    return machine.run("guard.sh", env={**GUARD_ENVIRONMENT, **env})


def loaded(machine: Machine, family: str) -> str:
    return (machine.folder / f"{family}.rules").read_text()


@pytest.mark.parametrize("family", FAMILIES)
def test_all_rules_of_a_family_are_given_in_one_step(machine: Machine, family: str) -> None:
    assert guard(machine).status == 0
    assert loaded(machine, family) == IN + RULES[family] + END
    assert machine.calls == [
        call
        for each in FAMILIES
        for call in (
            f"{each} --wait --table mangle --list-rules PREROUTING",
            f"{each} --wait --table mangle --list-rules FORWARD",
            f"{each}-restore --wait --noflush",
        )
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_direct_connections_add_one_port(machine: Machine, family: str) -> None:
    guard(machine, **DIRECT)
    line = "-A lab-guard-public -p udp --dport 41641 -j RETURN\n"
    assert loaded(machine, family) == IN + line + RULES[family] + END


@pytest.mark.parametrize("family", FAMILIES)
def test_what_leads_into_its_chains_is_taken_away_in_the_same_step_and_nothing_else_is(
    machine: Machine, family: str
) -> None:
    machine.has(family, 'echo "-P $5 ACCEPT"; echo "-A $5 -j nixos-fw-rpfilter"; echo "-A $5 -i lo -j lab-guard-in"')
    guard(machine)
    taken = "-D PREROUTING -i lo -j lab-guard-in\n-D FORWARD -i lo -j lab-guard-in\n"
    assert loaded(machine, family) == IN + RULES[family] + taken + END


@pytest.mark.parametrize("absent", GUARD_ENVIRONMENT)
def test_without_one_of_its_facts_it_changes_nothing(machine: Machine, absent: str) -> None:
    """The port of direct connections may be empty, but not unsaid."""
    env = {name: value for name, value in GUARD_ENVIRONMENT.items() if name != absent}
    done = machine.run("guard.sh", env=env)
    assert (done.status, machine.calls) == (1, [])
    assert absent in done.stderr


@pytest.mark.parametrize("number", range(1, 7))
def test_whichever_call_fails_the_other_family_is_loaded_and_the_status_tells(machine: Machine, number: int) -> None:
    done = guard(machine, FAILS_AT=str(number))
    failed, whole = FAMILIES if number <= 3 else reversed(FAMILIES)
    assert (done.status, done.stderr) == (1, f"guard: {failed}: the rules are not in place; see above\n")
    assert loaded(machine, whole) == IN + RULES[whole] + END
    assert not (machine.folder / f"{failed}.rules").exists()
