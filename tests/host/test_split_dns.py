"""Names below a machine's name, by a name server that the tailnet is told of: what the real tailscaled makes of them.

CoreDNS is that name server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from testnode.binaries import COREDNS
from testnode.patience import until
from tests.host.tailnet import CONTROL, DOMAIN, Tailnet, tailnet

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("ip", "unshare"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

ZONE: Final = f"gpu-lab.{DOMAIN}"
NAME: Final = f"openwebui.{ZONE}"
ADDRESS: Final = "100.64.0.2"
ZONE_FILE: Final = f"""\
{ZONE}:53 {{
  bind {CONTROL}
  log
  hosts {{
    {ADDRESS} {NAME}
  }}
}}
"""
POLICY: Final = {"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]}


@contextmanager
def resolving(folder: Path, *, magic_dns: bool) -> Iterator[Tailnet]:
    """Start a tailnet that asks CoreDNS for all names below the lab's."""
    dns = {"magic_dns": magic_dns, "nameservers": {"global": [], "split": {ZONE: [CONTROL]}}}
    (folder / "Corefile").write_text(ZONE_FILE)
    log = folder / "coredns.log"
    with tailnet(folder, POLICY, dns) as net:
        program = COREDNS.recipe.folder / "coredns"
        with net.control.machine.running(program, "-conf", folder / "Corefile", log=log):
            until(lambda: "CoreDNS-" in log.read_text(), 120, f"CoreDNS answers ({log})")
            yield net


def test_with_magicdns_a_name_below_the_tailnet_s_is_never_asked_of_the_name_server(tmp_path: Path) -> None:
    """Why the exposure split-dns is for tailnets whose MagicDNS is off."""
    with resolving(tmp_path, magic_dns=True) as net:
        answer = net.peer.tailscale("dns", "query", NAME).stdout
    assert "RCodeNameError" in answer
    assert NAME not in (tmp_path / "coredns.log").read_text()


def test_without_magicdns_the_name_server_s_answer_arrives(tmp_path: Path) -> None:
    with resolving(tmp_path, magic_dns=False) as net:
        answer = net.peer.tailscale("dns", "query", NAME).stdout
        other = net.peer.tailscale("dns", "query", f"other.{ZONE}").stdout
    assert "RCodeSuccess" in answer
    assert ADDRESS in answer
    assert ADDRESS not in other
