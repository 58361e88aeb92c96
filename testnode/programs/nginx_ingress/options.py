"""The command line of the real controller, as far as this project uses it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testnode.programs.nginx_ingress.annotations import truth

if TYPE_CHECKING:
    from collections.abc import Sequence

PORTS = range(1024, 65536)

# Flag -> the real one's default, and the only value that the stand-in can honour.
FIXED = {
    "enable-custom-resources": (True, False),
    "enable-leader-election": (True, False),
    "enable-telemetry-reporting": (True, False),
    "enable-snippets": (False, False),
    "report-ingress-status": (False, False),
    "ready-status": (True, True),
}
WITHOUT_EFFECT = ("log-format", "log-level", "nginx-reload-timeout")


@dataclass(frozen=True)
class Options:
    """What the command line decides.

    Attributes:
        config_map: namespace and name of the ConfigMap that must exist.
        namespace: the one that is watched.
        secret_namespace: the one that is watched for Secrets.
        ingress_class: the class whose Ingresses are served.
        http_port: where hosts that no Ingress names are answered.
        https_port: where every handshake is refused: there is no certificate.
        ready_port: where `/nginx-ready` is answered.
        status_port: where nginx counts its connections for `status_cidrs`; None when off.
        status_cidrs: who may read them.
        ipv6: listen on IPv6 addresses too.

    """

    config_map: tuple[str, str]
    namespace: str
    secret_namespace: str
    ingress_class: str = "nginx"
    http_port: int = 80
    https_port: int = 443
    ready_port: int = 8081
    status_port: int | None = 8080
    status_cidrs: tuple[str, ...] = ("127.0.0.1", "::1")
    ipv6: bool = True


def read(words: Sequence[str]) -> Options:
    """Read the flags; one that is unknown, or not possible here, ends the program with status 2."""
    parser = _parser()
    given = parser.parse_args(list(words))
    for name, (_, only) in FIXED.items():
        if getattr(given, name) is not only:
            parser.error(f"-{name}: the stand-in can only do {str(only).lower()}")
    namespace, _, config = given.config_map.partition("/")
    if not config:
        parser.error("-nginx-configmaps: must be of the form namespace/name")
    if not given.namespace or "," in given.namespace:
        parser.error("-watch-namespace: the stand-in watches exactly one namespace")
    return Options(
        config_map=(namespace, config),
        namespace=given.namespace,
        secret_namespace=given.secret_namespace or given.namespace,
        ingress_class=given.ingress_class,
        http_port=given.http_port,
        https_port=given.https_port,
        ready_port=given.ready_port,
        status_port=given.status_port if given.status else None,
        status_cidrs=tuple(given.status_cidrs.split(",")),
        ipv6=not given.no_ipv6,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _GoFlags(prog="nginx-ingress", allow_abbrev=False)
    parser.text("nginx-configmaps", "config_map")
    parser.text("ingress-class", "ingress_class", "nginx")
    parser.text("watch-namespace", "namespace")
    parser.text("watch-secret-namespace", "secret_namespace")
    parser.text("nginx-status-allow-cidrs", "status_cidrs", "127.0.0.1,::1")
    parser.port("default-http-listener-port", "http_port", 80)
    parser.port("default-https-listener-port", "https_port", 443)
    parser.port("ready-status-port", "ready_port", 8081)
    parser.port("nginx-status-port", "status_port", 8080)
    parser.switch("nginx-status", "status", default=True)
    parser.switch("disable-ipv6", "no_ipv6", default=False)
    for name, (default, _) in FIXED.items():
        parser.switch(name, name, default=default)
    for name in WITHOUT_EFFECT:
        parser.text(name, name)
    return parser


class _GoFlags(argparse.ArgumentParser):
    """Flags as Go's standard library reads them: one dash or two, and a switch may stand alone."""

    def text(self, name: str, target: str, default: str = "") -> None:
        self.add_argument(f"-{name}", f"--{name}", dest=target, default=default)

    def port(self, name: str, target: str, default: int) -> None:
        self.add_argument(f"-{name}", f"--{name}", dest=target, default=default, type=_port)

    def switch(self, name: str, target: str, *, default: bool) -> None:
        self.add_argument(f"-{name}", f"--{name}", dest=target, default=default, nargs="?", const=True, type=truth)


def _port(text: str) -> int:
    if (port := int(text)) not in PORTS:
        message = f"{port} is not from {PORTS[0]} to {PORTS[-1]}"
        raise argparse.ArgumentTypeError(message)
    return port
