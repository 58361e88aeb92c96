"""What the controller reads of the cluster's objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testnode.programs.nginx_ingress.annotations import truth

Object = Mapping[str, Any]
"""An object as the API server writes it: its shape is checked there, against the schema."""


@dataclass(frozen=True)
class Backend:
    """A Service and its port, by number or by name."""

    service: str
    port: int | str


@dataclass(frozen=True)
class Path:
    """One path of a host; `backend` is None where it leads to no Service."""

    path: str
    exact: bool
    backend: Backend | None


@dataclass(frozen=True)
class Rule:
    """One host and its paths."""

    host: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Ingress:
    """An Ingress of the controller's class; `created` sorts as a text."""

    namespace: str
    name: str
    uid: str
    created: str
    version: str
    annotations: Mapping[str, str]
    rules: tuple[Rule, ...]
    beyond_rules: tuple[str, ...] = ()

    @property
    def services(self) -> frozenset[str]:
        """The Services that its paths lead to."""
        paths = (path for rule in self.rules for path in rule.paths)
        return frozenset(path.backend.service for path in paths if path.backend)


@dataclass(frozen=True)
class Service:
    """The ports of a Service: number and name."""

    name: str
    ports: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Endpoints:
    """The ready addresses of (a part of) a Service, and the port behind each port name."""

    service: str
    addresses: tuple[str, ...]
    ports: Mapping[str, int]


def ingress(item: Object) -> Ingress:
    """Read an Ingress."""
    meta, spec = item["metadata"], item["spec"]
    return Ingress(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        created=meta["creationTimestamp"],
        version=meta["resourceVersion"],
        annotations=meta.get("annotations", {}),
        rules=tuple(Rule(rule.get("host", ""), _paths(rule)) for rule in spec.get("rules", ())),
        beyond_rules=tuple(field for field in ("defaultBackend", "tls") if field in spec),
    )


def ingress_class(item: Object) -> str:
    """Return the class of an Ingress; the annotation of old wins over the field."""
    annotations = item["metadata"].get("annotations", {})
    return str(annotations.get("kubernetes.io/ingress.class") or item["spec"].get("ingressClassName", ""))


def service(item: Object) -> Service:
    """Read a Service."""
    ports = item["spec"].get("ports", ())
    return Service(item["metadata"]["name"], tuple((port["port"], port.get("name", "")) for port in ports))


def endpoints(item: Object) -> Endpoints:
    """Read an EndpointSlice."""
    ready = (each for each in item.get("endpoints") or () if each.get("conditions", {}).get("ready", True))
    return Endpoints(
        service=item["metadata"].get("labels", {}).get("kubernetes.io/service-name", ""),
        addresses=tuple(sorted(address for each in ready for address in each["addresses"])),
        ports={port.get("name") or "": port["port"] for port in item.get("ports") or ()},
    )


def server_tokens(item: Object) -> bool:
    """Read the one key of the controller's ConfigMap that is known here: nginx names its version."""
    try:
        return truth(item.get("data", {}).get("server-tokens", "true"))
    except ValueError:
        return True


def _paths(rule: Object) -> tuple[Path, ...]:
    return tuple(
        Path(each.get("path") or "/", each.get("pathType") == "Exact", _backend(each["backend"]))
        for each in rule.get("http", {}).get("paths", ())
    )


def _backend(item: Object) -> Backend | None:
    if "service" not in item:
        return None
    port = item["service"].get("port", {})
    return Backend(item["service"]["name"], port.get("number") or port.get("name", ""))
