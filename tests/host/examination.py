"""All that can be said about a lab's host without booting it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ailab.host_facts import HostFacts
from tests.host.cluster_promises import CLUSTER, HANDED_OVER
from tests.host.evaluation import Host
from tests.host.machine_promises import MACHINE
from tests.host.network_promises import DOOR, NETWORK
from tests.host.options import DATA, mistakes
from tests.host.rules import RULES

PROMISES: Final = (*NETWORK, *DOOR, *HANDED_OVER, *CLUSTER, *MACHINE)


def faults_of(host: Host, facts: HostFacts) -> Iterator[str]:
    """Say what is wrong: a line each, with the file and the option."""
    for promise in PROMISES:
        yield from promise.broken(host, facts)
    for rule in RULES:
        yield from rule(host, facts)


def unknown_to_nixos(host: Host) -> Iterator[str]:
    """Say which options NixOS would refuse; nothing where its options are not beside the project."""
    if not DATA.exists():
        return
    for file in dict.fromkeys(setting.file for setting in host.settings):
        own = Host([setting for setting in host.settings if setting.file == file])
        yield from (f"{file}: {mistake}" for mistake in mistakes(own.tree))
