"""The annotations of an Ingress: what they may say and what they set.

A value that the real controller refuses makes it reject the whole Ingress; a name that it does not
know has no effect and is not reported. Its rules, which are kept here:
https://github.com/nginx/kubernetes-ingress/blob/v5.5.4/internal/k8s/validation.go
https://github.com/nginx/kubernetes-ingress/blob/v5.5.4/internal/configs/parsing_helpers.go
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

PREFIX = "nginx.org/"
SNIPPETS = ("location-snippets", "server-snippets")
TRUE = ("1", "t", "T", "TRUE", "true", "True")
FALSE = ("0", "f", "F", "FALSE", "false", "False")
TIME = re.compile(
    r"(\d+y)?\s*(\d+M)?\s*(\d+w)?\s*(\d+d)?\s*(\d+h)?\s*(\d+m)?\s*(\d+s?)?\s*(\d+ms)?",
    re.ASCII,
)
OFFSET = re.compile(r"\d+[kKmMgG]?", re.ASCII)

Value = TypeVar("Value")


@dataclass(frozen=True)
class Settings:
    """How nginx serves one Ingress; the defaults are the real controller's."""

    proxy_buffering: bool = True
    proxy_read_timeout: str = "60s"
    proxy_send_timeout: str = "60s"
    client_max_body_size: str = "1m"
    listen_ports: tuple[int, ...] = (80,)
    redirect_to_https: bool = False
    websocket_services: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rejected:
    """Why an Ingress is not served: one line for each fault."""

    faults: tuple[str, ...]


def settings(annotations: Mapping[str, str], services: Collection[str]) -> Settings | Rejected:
    """Read the annotations of an Ingress whose paths lead to `services`."""
    reader, default = _Reader(annotations), Settings()
    for name in SNIPPETS:
        reader.refuse(name, "snippet specified but snippets feature is not enabled")
    read = Settings(
        proxy_buffering=reader.read("proxy-buffering", truth, default.proxy_buffering),
        proxy_read_timeout=reader.read("proxy-read-timeout", _time, default.proxy_read_timeout),
        proxy_send_timeout=reader.read("proxy-send-timeout", _time, default.proxy_send_timeout),
        client_max_body_size=reader.read("client-max-body-size", _offset, default.client_max_body_size),
        listen_ports=reader.read("listen-ports", _ports, default.listen_ports),
        redirect_to_https=reader.read("redirect-to-https", truth, default.redirect_to_https),
        websocket_services=reader.read(
            "websocket-services", lambda text: _services(text, services), default.websocket_services
        ),
    )
    return Rejected(tuple(reader.faults)) if reader.faults else read


class _Reader:
    """Reads one annotation after the other and gathers what is wrong with them."""

    def __init__(self, annotations: Mapping[str, str]) -> None:
        self._annotations = annotations
        self.faults: list[str] = []

    def read(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        text = self._annotations.get(PREFIX + name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError as error:
            fault = f'Invalid value: "{text}": {error}' if text else "Required value"
            self.faults.append(f"annotations.{PREFIX}{name}: {fault}")
            return default

    def refuse(self, name: str, why: str) -> None:
        if PREFIX + name in self._annotations:
            self.faults.append(f"annotations.{PREFIX}{name}: Forbidden: {why}")


def truth(text: str) -> bool:
    """Read a truth value as Go's `strconv.ParseBool` does.

    Raises:
        ValueError: it is none.

    """
    if text not in TRUE + FALSE:
        message = "must be a boolean"
        raise ValueError(message)
    return text in TRUE


def _time(text: str) -> str:
    match = TIME.fullmatch(text)
    if match is None or not text.strip():
        message = "must be a time"
        raise ValueError(message)
    *larger, seconds, milliseconds = (part or "" for part in match.groups())
    if seconds and not seconds.endswith("s"):
        seconds += "s"
    return "".join([*larger, seconds, milliseconds])


def _offset(text: str) -> str:
    if OFFSET.fullmatch(text.strip()) is None:
        message = "must be an offset"
        raise ValueError(message)
    return text.strip()


def _ports(text: str) -> tuple[int, ...]:
    numbers = text.split(",")
    if not all(number.isascii() and number.isdigit() and int(number) > 0 for number in numbers):
        message = "must be a comma-separated list of port numbers"
        raise ValueError(message)
    return tuple(map(int, numbers))


def _services(text: str, known: Collection[str]) -> frozenset[str]:
    named = text.split(",")
    if unknown := [name for name in named if name not in known]:
        message = "must be a comma-separated list of services. The following services were not found: "
        raise ValueError(message + ",".join(unknown))
    return frozenset(named)
