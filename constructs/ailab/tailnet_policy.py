"""The tailnet's policy for a lab: which ports of its machine the tailnet's people reach. Everything else is refused.

It is enforced by tailscaled before any rule of the host: the first of the host's doors, and for what `tailscale serve`
forwards the only one.
"""

from __future__ import annotations

from typing import Final

from ailab.host_facts import HostFacts
from ailab.spec.web import Exposure

HTTP: Final = 80
HTTPS: Final = 443
PEOPLE: Final = "autogroup:member"  # the people of the tailnet with their own machines; no tagged machine


def tailnet_policy(facts: HostFacts) -> dict[str, object]:
    """Return what a lab needs in the policy file of its tailnet, in that file's own form.

    https://tailscale.com/kb/1337/policy-syntax
    """
    tag = facts.tailscale.tag
    ports = sorted({facts.ssh.port, HTTP, HTTPS, facts.k3s.api_port})
    machine = {"src": [PEOPLE], "dst": [tag], "ip": [f"tcp:{port}" for port in ports]}
    policy: dict[str, object] = {"tagOwners": {tag: ["autogroup:admin"]}, "grants": [machine]}
    if facts.web and facts.web.exposure == Exposure.SERVICES:
        services = [f"svc:{host.partition('.')[0]}" for host in facts.web.hosts]
        policy["grants"] = [machine, {"src": [PEOPLE], "dst": services, "ip": [f"tcp:{HTTPS}"]}]
        # Otherwise an administrator must approve each one by hand, again for each new machine.
        policy["autoApprovers"] = {"services": {service: [tag] for service in services}}
    return policy
