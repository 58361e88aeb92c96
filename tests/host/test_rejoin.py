"""A volume that was kept has the state of a machine that was taken out of the tailnet: who comes back with it.

headscale takes the place of Tailscale's servers. What tailscaled does with such a state alone is no fact to build on:
of eight starts it used the key that it was given in three, and said that it runs and used none in five.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import infra.shipping.member
from infra.process import Completed
from infra.shipping.host import FORGET
from infra.shipping.member import member
from infra.ssh import Login
from tests.host.tailnet import Member, Tailnet, joined, tailnet
from tests.host.test_tailnet import TAG, WIDE_OPEN

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("ip", "iptables", "unshare"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


@dataclass(frozen=True)
class Host:
    """A machine with the state of one that the tailnet does not know any more."""

    net: Tailnet
    member: Member

    def join(self) -> None:
        """Do what NixOS's unit does with a key."""
        joined(self.member, self.net.control, "gpu-lab", "--accept-dns=false", tag=TAG)

    def forget(self) -> None:
        """Do what `./lab up` has a machine do before that."""
        program, *words = shlex.split(FORGET)
        assert program == "tailscale"
        self.member.tailscale(*words)

    @property
    def known(self) -> list[str]:
        """The machines of the name that the tailnet knows."""
        return [node["name"] for node in _nodes(self.net) if node["name"].startswith("gpu-lab")]


def _nodes(net: Tailnet) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(net.control.run("nodes", "list", "--output", "json"))
    return found


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    state = tmp_path / "host"
    with tailnet(tmp_path, WIDE_OPEN) as net, net.machine("lab", 3) as machine:
        with net.host(machine, state) as member:
            Host(net, member).join()
        [number] = [str(node["id"]) for node in _nodes(net) if node["name"] == "gpu-lab"]
        net.control.run("nodes", "delete", "--identifier", number, "--force")
        with net.host(machine, state) as member:
            yield Host(net, member)


def test_a_machine_that_forgets_its_state_first_comes_back_under_its_name(host: Host) -> None:
    host.forget()
    assert host.member.state == "NeedsLogin"
    host.join()
    assert (host.member.state, host.known) == ("Running", ["gpu-lab"])


def test_a_machine_says_by_which_id_the_tailnet_knows_it_and_none_where_it_has_forgotten(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(_login: Login, _program: str, *words: str, timeout: float) -> Completed:
        assert timeout > 0
        return host.member.tailscale(*words)

    monkeypatch.setattr(infra.shipping.member, "run", here)
    login = Login("127.0.0.1", "gpu-lab", host.member.folder, host.member.folder)
    host.forget()
    assert member(login) is None
    host.join()
    assert [member(login)] == [str(node["id"]) for node in _nodes(host.net) if node["name"] == "gpu-lab"]


def test_where_nothing_is_to_be_forgotten_nothing_goes_wrong(host: Host) -> None:
    host.forget()
    host.forget()
    assert host.member.state == "NeedsLogin"
