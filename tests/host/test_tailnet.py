"""The lab in a tailnet, with the real tailscaled on its host: who reaches what, by which names.

headscale takes the place of Tailscale's servers. It knows no Tailscale Services and no certificates.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest

from ailab.host_facts import HostFacts
from ailab.spec import load
from ailab.spec.web import Exposure
from ailab.tailnet_policy import tailnet_policy
from infra.labs import LABS
from infra.process import Completed
from testnode.patience import until
from testnode.tailnet import TAILSCALE
from tests.host.foreign_rules import TAILSCALED
from tests.host.host_rules import FAMILIES, guard, start_firewall
from tests.host.namespaces import Namespace
from tests.host.reach import answering
from tests.host.recorded import SCRIPTS
from tests.host.tailnet import DOMAIN, SECONDS, Member, Tailnet, joined, tailnet
from tests.host.web_site import SERVICE, Site, site

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("bash", "ip", "iptables", "jq", "unshare"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

TAG: Final = "tag:gpu-lab"
NAME: Final = f"gpu-lab.{DOMAIN}"
PUBLISHED: Final = tuple(f"{service}.{NAME}" for service in ("openwebui", "litellm"))
LISTENING: Final = (22, 6443, 9100, 10250)
FORWARDED: Final = {"TCP": {"80": {"TCPForward": f"{SERVICE}:80"}}}
WIDE_OPEN: Final = {"tagOwners": {TAG: []}, "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]}


def policy() -> dict[str, object]:
    """Return the policy of a lab, in words that headscale knows: its administrators are no group."""
    spec = load(LABS / "gpu-lab.toml")
    hosts = spec.model_copy(update={"web": spec.web.model_copy(update={"exposure": Exposure.HOSTS})})
    return {**tailnet_policy(HostFacts.of(hosts)), "tagOwners": {TAG: []}}


@dataclass(frozen=True)
class Lab:
    """A host in its tailnet, with a site behind it."""

    peer: Member
    host: Member
    site: Site

    def serve(self, exposure: str = "hosts") -> Completed:
        """Run the script of the host's unit against its real tailscaled."""
        env = {
            "SERVE_EXPOSURE": exposure,
            "SERVE_TARGET": f"{SERVICE}:80",
            "SERVE_HOSTS": " ".join(PUBLISHED),
            "PATH": f"{_command(self.host)}:{os.environ['PATH']}",
        }
        return self.host.machine.run("bash", SCRIPTS / "serve.sh", env=env, check=False)

    @property
    def served(self) -> object:
        """What tailscaled says that it serves."""
        return json.loads(self.host.tailscale("serve", "status", "--json").stdout)

    def open_ports(self, *ports: int) -> list[int]:
        """Return those of the host's ports that the peer can open."""
        return [port for port in ports if self.peer.opens(self.host.address, port)]

    def answers(self, name: str) -> HTTPStatus:
        """Ask for a name as lines in a hosts file do: it goes into the request, the machine's address is asked."""
        with self.peer.get(self.host.address, headers={"Host": name}) as answer:
            return HTTPStatus(answer.status)


@contextmanager
def lab_on(net: Tailnet, machine: Namespace, state: Path) -> Iterator[Lab]:
    """Run a host on a machine: its guard and NixOS's firewall are loaded first, as at boot."""
    with site(machine, machine_folder(state), PUBLISHED) as made:
        guard(machine, {})
        start_firewall(machine, {})
        with answering(machine, LISTENING), net.host(machine, state) as host:
            yield Lab(net.peer, host, made)


def machine_folder(state: Path) -> Path:
    """Return where a machine keeps what it does not keep with its state."""
    return state.with_name(f"{state.name}-machine")


@contextmanager
def running(folder: Path, rules: object) -> Iterator[Lab]:
    """Start a lab in a tailnet with that policy."""
    with tailnet(folder, rules) as net, net.machine("lab", 3) as machine, lab_on(net, machine, folder / "host") as lab:
        joined(lab.host, net.control, "gpu-lab", "--accept-dns=false", tag=TAG)
        # Once they have found a way to each other, what is open is open at once.
        until(lambda: lab.open_ports(22) == [22], SECONDS, "the peer reaches the host")
        yield lab


def _command(host: Member) -> Path:
    """Make `tailscale` ask the tailscaled of the host."""
    folder = host.folder / "programs"
    folder.mkdir(exist_ok=True)
    program = folder / "tailscale"
    program.write_text(f'#!/bin/sh\nexec {TAILSCALE.folder}/tailscale --socket={host.folder}/socket "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a lab whose web names are served."""
    with running(tmp_path_factory.mktemp("tailnet"), policy()) as lab:
        done = lab.serve()
        assert (done.status, done.stderr) == (0, "")
        yield lab


@pytest.mark.proves(3, "tailscale", "you -> tailscale -> ingress")
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_peer_reaches_nginx_by_each_name_below_the_machine(lab: Lab, name: str) -> None:
    with lab.peer.get(lab.host.address, headers={"Host": name}) as answer:
        assert answer.status == HTTPStatus.OK
        assert json.loads(answer.read())["Host"] == name


def test_a_name_that_is_not_published_is_nginx_s_to_refuse(lab: Lab) -> None:
    assert lab.answers(f"neo4j.{NAME}") == HTTPStatus.NOT_FOUND


def test_the_machine_is_reached_by_its_own_name(lab: Lab) -> None:
    with lab.peer.get(NAME, headers={"Host": PUBLISHED[0]}) as answer:
        assert answer.status == HTTPStatus.OK


def test_an_answer_streams(lab: Lab) -> None:
    with lab.peer.get(lab.host.address, "/events", {"Host": PUBLISHED[0]}) as answer:
        assert answer.readline() == b"data: first\n"
        lab.site.rest.set()
        assert answer.read() == b"\ndata: second\n\n"


def test_the_backend_sees_the_node_as_its_client_and_nothing_of_another_scheme(lab: Lab) -> None:
    with lab.peer.get(lab.host.address, headers={"Host": PUBLISHED[0]}) as answer:
        headers = json.loads(answer.read())
    assert headers["Client"] == "10.42.0.1"
    assert [name for name in headers if name.startswith(("X-Forwarded", "Tailscale"))] == []


def test_the_peer_opens_the_granted_ports_and_no_other(lab: Lab) -> None:
    """443 is granted, but in this exposure nobody serves it."""
    assert lab.open_ports(*LISTENING, 80, 443, 41641) == [22, 6443, 80]


def test_serving_again_changes_nothing(lab: Lab) -> None:
    assert lab.served == FORWARDED
    assert lab.serve().status == 0
    assert lab.served == FORWARDED


def test_as_a_web_server_tailscaled_would_answer_to_the_machine_s_own_name_alone(lab: Lab) -> None:
    """Why names below it are forwarded as TCP."""
    lab.host.tailscale("serve", "reset")
    lab.host.tailscale("serve", "--bg", "--http=80", f"http://{SERVICE}:80")
    try:
        with lab.peer.get(lab.host.address, headers={"Host": NAME}) as own:
            assert own.headers.get("Server", "").startswith("nginx")
        with lab.peer.get(lab.host.address, headers={"Host": PUBLISHED[0]}) as below:
            assert (below.status, below.headers.get("Server")) == (HTTPStatus.NOT_FOUND, None)
    finally:
        assert lab.serve().status == 0
    assert lab.answers(PUBLISHED[0]) == HTTPStatus.OK


def test_a_service_is_kept_by_tailscaled_in_the_form_that_the_script_compares(lab: Lab) -> None:
    """By HTTP: without Tailscale's servers there are no certificates, and the command asks for them first."""
    lab.host.tailscale("serve", "--service=svc:litellm", "--http=80", f"http://{SERVICE}:80")
    web = {f"litellm.{DOMAIN}:80": {"Handlers": {"/": {"Proxy": f"http://{SERVICE}:80"}}}}
    assert lab.served == {**FORWARDED, "Services": {"svc:litellm": {"TCP": {"80": {"HTTP": True}}, "Web": web}}}
    assert lab.serve().status == 0
    assert lab.served == FORWARDED


def test_where_there_are_no_certificates_the_script_fails_in_tailscale_s_own_words(lab: Lab) -> None:
    done = lab.serve("services")
    assert done.status != 0
    assert "https" in done.stderr
    assert lab.serve().status == 0


def test_who_has_the_state_has_the_name_the_address_and_what_is_served(tmp_path: Path) -> None:
    """A machine made anew with the volume of the old one; one without it gets another name."""
    with tailnet(tmp_path, policy()) as net:
        with net.machine("lab", 3) as machine, lab_on(net, machine, tmp_path / "volume") as lab:
            joined(lab.host, net.control, "gpu-lab", "--accept-dns=false", tag=TAG)
            assert lab.serve().status == 0
            name, address = lab.host.name, lab.host.address
        shutil.rmtree(machine_folder(tmp_path / "volume"))
        with net.machine("anew", 4) as machine, lab_on(net, machine, tmp_path / "volume") as lab:
            until(lambda: lab.host.state == "Running", SECONDS, "it is in the tailnet by its state alone")
            assert (lab.host.name, lab.host.address, lab.served) == (name, address, FORWARDED)
            until(lambda: lab.open_ports(80) == [80], SECONDS, "the peer finds it again")
            assert lab.answers(PUBLISHED[0]) == HTTPStatus.OK
        with net.machine("other", 5) as machine, lab_on(net, machine, tmp_path / "empty") as other:
            joined(other.host, net.control, "gpu-lab", "--accept-dns=false", tag=TAG)
            assert other.host.name != name
            assert other.host.address != address


@pytest.fixture(scope="module")
def wide_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a lab whose tailnet's policy allows everything."""
    with running(tmp_path_factory.mktemp("wide"), WIDE_OPEN) as lab:
        yield lab


def test_where_the_policy_allows_everything_the_guard_still_holds(wide_open: Lab) -> None:
    assert wide_open.open_ports(*LISTENING) == [22, 6443]
    for family in FAMILIES:
        wide_open.host.machine.run(family, "-w", "-t", "mangle", "-F", "lab-guard-in")
    assert wide_open.open_ports(*LISTENING) == list(LISTENING)
    guard(wide_open.host.machine, {})
    assert wide_open.open_ports(*LISTENING) == [22, 6443]


def test_the_rules_that_other_tests_load_for_tailscaled_are_its_own(wide_open: Lab) -> None:
    for family, text in zip(FAMILIES, (TAILSCALED.ipv4, TAILSCALED.ipv6), strict=True):
        saved = wide_open.host.machine.run(f"{family}-save").stdout.splitlines()
        own = [line for line in saved if line.startswith("-A ts-") and " -i lo " not in line]
        assert own == [line for line in text.splitlines() if line.startswith("-A ts-")]
        assert saved.count("-A INPUT -j ts-input") == saved.count("-A FORWARD -j ts-forward") == 1
