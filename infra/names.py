"""`./lab names`: the addresses of a lab's services, and what must be done so that they lead there."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import click

from ailab.spec import LabSpec
from ailab.spec.web import Exposure
from infra import manifests
from infra.console import result, say
from infra.errors import LabError
from infra.labs import DIST, LAB_OPTION, one_lab
from infra.machine import found
from infra.ssh import run

SECONDS = 60


@click.command(short_help="Print the addresses of the lab's services.")
@LAB_OPTION
@click.option("--address", help="The machine's address in the tailnet; asked of the machine when absent.")
def names(lab_name: str | None, address: str | None) -> None:
    """Print where a browser finds the lab's services; with web.exposure "hosts", the lines for your hosts file.

    A program that reads stdout gets URLs, or lines of a hosts file, and nothing else.
    """
    spec = one_lab(lab_name)
    hosts = published(spec)
    if spec.web.exposure is Exposure.SERVICES:
        for host in hosts:
            result(f"https://{host}")
        return
    if spec.web.exposure is Exposure.SPLIT_DNS:
        say(f"Tell the tailnet's DNS settings that {spec.name}.{spec.tailnet}.ts.net is answered by the machine.")
    else:
        say("Add these lines to the hosts file of every machine that uses the lab:")
    where = in_tailnet(address or _asked(spec))
    for host in hosts:
        result(f"{where} {host}")


def published(spec: LabSpec) -> Sequence[str]:
    """List the host names that the lab's exposure makes work, in the order of the alphabet."""
    found_hosts = manifests.services(manifests.read(DIST / spec.name))
    usual = {spec.hosts(service.hosts[0].partition(".")[0])[0] for service in found_hosts if service.hosts}
    return sorted(usual)


def in_tailnet(text: str) -> str:
    """Check that an address is one of a tailnet.

    Raises:
        LabError: it is none.

    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    # The block that Tailscale takes addresses from (RFC 6598).
    if address is None or address not in ipaddress.ip_network("100.64.0.0/10"):
        message = f"{text}: is no IPv4 address of a tailnet (100.64.0.0/10); `tailscale status` shows the machine's"
        raise LabError(message)
    return str(address)


def _asked(spec: LabSpec) -> str:
    _, login = found(spec.name)
    return run(login, "tailscale", "ip", "-4", timeout=SECONDS).stdout.strip()
