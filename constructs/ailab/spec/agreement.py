"""What no field shows alone: whether a lab file agrees with itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ailab.spec.droplet import GPU_SIZE
from ailab.spec.faults import Fault, fault
from ailab.spec.models import Role
from ailab.spec.notation import path_of
from ailab.spec.parts import TAKEN
from ailab.spec.served import mismatches
from ailab.spec.values import is_kubernetes_own

if TYPE_CHECKING:
    from ailab.spec.lab import LabSpec

# Addresses of a service network by their distance from its first: Kubernetes gives its API server number 1
# (https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/), k3s its name server number 10
# (https://docs.k3s.io/cli/server, --cluster-dns).
_CLUSTERS_OWN: Final = {0: "the network itself", 1: "the API server's", 10: "the cluster's name server's"}
# Settings that only what the lab makes itself has.
_OF_ITS_OWN: Final = {"postgres": {"volume", "memory", "max_connections"}, "web": {"cluster_ip"}}


def disagreements(spec: LabSpec) -> Iterator[Fault]:
    """Find every disagreement, each under the field that is the easier one to change."""
    yield from _aliases(spec)
    yield from _fallbacks(spec)
    yield from _namespaces(spec)
    yield from _names(spec)
    for number, server in enumerate(spec.vllm):
        yield from mismatches(number, server)
    yield from _networks(spec)
    yield from _left_out(spec)
    yield from _droplets(spec)


def _aliases(spec: LabSpec) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for path, alias in spec.models():
        if alias in first:
            yield path, fault(alias, f"is also {first[alias]}", "give each model an alias of its own")
        first.setdefault(alias, path)
    if not spec.aliases(Role.CHAT):
        yield "name", fault(spec.name, "has no chat model", "declare one under [ollama], [[vllm]] or [providers]")


def _fallbacks(spec: LabSpec) -> Iterator[Fault]:
    chat = spec.aliases(Role.CHAT)
    for alias, others in spec.gateway.fallbacks.items():
        path = path_of(("gateway", "fallbacks", alias))
        for name in (alias, *others):
            if name not in chat:
                yield path, fault(name, "is no chat model of the lab", f"choose among {', '.join(chat)}")
        if alias in others:
            yield path, fault(alias, "is its own fallback", "name other models")


def _namespaces(spec: LabSpec) -> Iterator[Fault]:
    system = spec.system_namespace
    if is_kubernetes_own(system):
        problem = f'makes the namespace "{system}", which is Kubernetes\' own'
        yield "name", fault(spec.name, problem, 'choose another, for example "gpu-lab"')
    if spec.namespace == system:
        problem = "is the lab's namespace for what belongs to the machine"
        yield "namespace", fault(spec.namespace, problem, f'choose another, for example "{spec.name}"')


def _names(spec: LabSpec) -> Iterator[Fault]:
    downloads = {f"{server.alias}-fetch" for server in spec.vllm}
    for number, server in enumerate(spec.vllm):
        if server.alias in TAKEN or server.alias in downloads:
            problem = "is the name of another part of the lab"
            yield (
                f"vllm[{number}].alias",
                fault(server.alias, problem, f'choose another, for example "{server.alias}-1"'),
            )


def _networks(spec: LabSpec) -> Iterator[Fault]:
    pods, services = (ipaddress.ip_network(n) for n in (spec.cluster.pod_network, spec.cluster.service_network))
    if pods.overlaps(services):
        problem = f"overlaps {pods} (cluster.pod_network)"
        yield "cluster.service_network", fault(str(services), problem, "give pods and Services networks of their own")
    if spec.web.existing:
        return
    address = ipaddress.ip_address(spec.web.cluster_ip)
    if address not in services:
        problem, repair = "is outside the service network", f"choose an address inside {services}"
        yield "web.cluster_ip", fault(str(address), problem, f"{repair} (cluster.service_network)")
    elif whose := _CLUSTERS_OWN.get(int(address) - int(services.network_address)):
        problem, repair = f"is {whose}", f"choose another inside {services}"
        yield "web.cluster_ip", fault(str(address), problem, repair)


def _left_out(spec: LabSpec) -> Iterator[Fault]:
    """Find settings of what the lab does not have: whoever wrote them expects it."""
    for feature in spec.without:
        if feature in spec.model_fields_set:
            problem = "is left out and has settings too"
            yield "without", fault(feature, problem, f"remove [{feature}], or take it from the list")
    if {*spec.without} & {"chat", "search"} == {"chat"}:
        yield "without", fault([*spec.without], "leaves web search to nobody", 'add "search"')
    for table, section in (("postgres", spec.postgres), ("web", spec.web)):
        if section.existing is None:
            continue
        for key in sorted(section.model_fields_set & _OF_ITS_OWN[table]):
            problem = f"is a setting of the lab's own, but [{table}.existing] is in its place"
            yield path_of((table, key)), fault(getattr(section, key), problem, "remove one of them")


def _droplets(spec: LabSpec) -> Iterator[Fault]:
    card = spec.gpu.as_card()
    small = set(spec.droplet.too_small_for(card)) if spec.gpu_shares else set()
    for number, size in enumerate(spec.droplet.sizes):
        if spec.gpu_shares and not size.startswith(GPU_SIZE):
            repair = f'leave it out, or name one such as "{card.droplets[0]}"' if card.droplets else "leave it out"
            yield f"droplet.sizes[{number}]", fault(size, "has no GPU, which the lab's models need", repair)
        if size in spec.droplet.sizes[:number]:
            yield f"droplet.sizes[{number}]", fault(size, "is there twice", "leave it out")
        if size in small:
            message = f"has a card with less memory than the {card.name} that the models are planned for"
            yield f"droplet.sizes[{number}]", fault(size, message, "leave it out, or plan for its card in gpu.card")
