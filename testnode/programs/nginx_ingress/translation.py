"""From the cluster's objects to what nginx serves: a pure function."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from testnode.programs.nginx_ingress.annotations import Rejected, Settings, settings

if TYPE_CHECKING:
    from testnode.programs.nginx_ingress.resources import Backend, Endpoints, Ingress, Rule, Service

# Of what the real one lets through, only what cannot leave the line of nginx's configuration.
PATH = re.compile(r"/[A-Za-z0-9\-_.~!*'():@&=+,/%]*")

NO_ENDPOINT = "127.0.0.1:8181"
"""Where nothing listens: nginx answers 502 for a Service that is missing or has no ready pod."""


@dataclass(frozen=True)
class Location:
    """One path of a host and where it leads."""

    path: str
    exact: bool
    upstream: str
    websocket: bool


@dataclass(frozen=True)
class Server:
    """One host of one Ingress."""

    host: str
    locations: tuple[Location, ...]


@dataclass(frozen=True)
class Site:
    """All that one Ingress makes nginx serve."""

    namespace: str
    name: str
    settings: Settings
    servers: tuple[Server, ...]
    upstreams: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Verdict:
    """What is said about an Ingress by an event, as the real controller says it."""

    ingress: Ingress
    reason: str
    message: str

    @property
    def warns(self) -> bool:
        """Whether someone has to look at it."""
        return self.reason != "AddedOrUpdated"


@dataclass(frozen=True)
class Cluster:
    """The objects of the watched namespace, and what the controller's ConfigMap says."""

    ingresses: Sequence[Ingress] = ()
    services: Sequence[Service] = ()
    endpoints: Sequence[Endpoints] = ()
    server_tokens: bool = True

    def addresses(self, backend: Backend) -> tuple[str, ...]:
        """Return address and port of the pods behind a backend; none when it leads nowhere."""
        names = {
            name
            for service in self.services
            if service.name == backend.service
            for number, name in service.ports
            if backend.port in {number, name}
        }
        return tuple(
            f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            for part in self.endpoints
            if part.service == backend.service
            for name, port in sorted(part.ports.items())
            if name in names
            for address in part.addresses
        )


@dataclass(frozen=True)
class Translation:
    """What nginx serves, and a verdict on each Ingress."""

    sites: tuple[Site, ...]
    verdicts: tuple[Verdict, ...]
    server_tokens: bool = True


@dataclass
class _Hosts:
    """Who has which host: the older Ingress keeps it, as with the real controller."""

    taken: set[str] = field(default_factory=set)

    def claim(self, rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
        """Return the rules whose host was free, and the hosts that were not."""
        free = tuple(rule for rule in rules if rule.host not in self.taken)
        lost = tuple(rule.host for rule in rules if rule.host in self.taken)
        self.taken.update(rule.host for rule in free)
        return free, lost


def translate(cluster: Cluster) -> Translation:
    """Translate every Ingress that is valid and has a host of its own."""
    hosts, sites, verdicts = _Hosts(), [], []
    for ingress in sorted(sorted(cluster.ingresses, key=lambda i: i.uid, reverse=True), key=lambda i: i.created):
        site, verdict = _translate_one(ingress, cluster, hosts)
        verdicts.append(verdict)
        if site:
            sites.append(site)
    return Translation(tuple(sites), tuple(verdicts), cluster.server_tokens)


def _translate_one(ingress: Ingress, cluster: Cluster, hosts: _Hosts) -> tuple[Site | None, Verdict]:
    key = f"{ingress.namespace}/{ingress.name}"
    read = settings(ingress.annotations, ingress.services)
    faults = (*(read.faults if isinstance(read, Rejected) else ()), *_faults(ingress))
    if faults or isinstance(read, Rejected):
        return None, Verdict(ingress, "Rejected", f"{key} was rejected: {'; '.join(faults)}")
    rules, lost = hosts.claim(ingress.rules)
    if not rules:
        return None, Verdict(ingress, "Rejected", "All hosts are taken by other resources")
    site = _site(ingress, read, rules, cluster)
    warnings = [f"host {host} is taken by another resource" for host in lost]
    warnings += [f"no endpoints for upstream {name}" for name, found in site.upstreams.items() if not found]
    done = f"Configuration for {key} was added or updated"
    if warnings:
        return site, Verdict(ingress, "AddedOrUpdatedWithWarning", f"{done} with warning(s): {'; '.join(warnings)}")
    return site, Verdict(ingress, "AddedOrUpdated", done)


def _faults(ingress: Ingress) -> list[str]:
    hosts = [rule.host for rule in ingress.rules]
    faults = [] if hosts else ["spec.rules: Required value"]
    faults += [f"spec.{name}: the stand-in does not know it" for name in ingress.beyond_rules]
    for number, rule in enumerate(ingress.rules):
        field_name = f"spec.rules[{number}]"
        if not rule.host:
            faults.append(f"{field_name}.host: Required value")
        elif rule.host in hosts[:number]:
            faults.append(f'{field_name}.host: Duplicate value: "{rule.host}"')
        faults += [f'{field_name}: Invalid path: "{path.path}"' for path in rule.paths if not _is_path(path.path)]
        faults += [f'{field_name}: path "{path.path}" leads to no Service' for path in rule.paths if not path.backend]
    return faults


def _is_path(path: str) -> bool:
    return bool(PATH.fullmatch(path)) and not path.startswith("//") and ".." not in path.split("/")


def _site(ingress: Ingress, read: Settings, rules: Sequence[Rule], cluster: Cluster) -> Site:
    servers: list[Server] = []
    upstreams: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        locations = []
        for path in rule.paths:
            if path.backend is None:
                continue
            service = path.backend.service
            upstream = f"{ingress.namespace}-{ingress.name}-{rule.host}-{service}-{path.backend.port}"
            upstreams[upstream] = cluster.addresses(path.backend)
            locations.append(Location(path.path, path.exact, upstream, service in read.websocket_services))
        servers.append(Server(rule.host, tuple(locations)))
    return Site(ingress.namespace, ingress.name, read, tuple(servers), upstreams)
