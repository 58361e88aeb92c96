"""What a public host is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """What a client sent.

    Attributes:
        method: e.g. `GET`.
        host: the name that the client asked for, without a port.
        path: with the query.
        headers: names in small letters.
        body: all of it.
        waits: whether the client is still there; raises ConnectionError where it broke off.

    """

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    waits: Callable[[], bool] = field(default=lambda: True, compare=False, repr=False)


@dataclass(frozen=True)
class Response:
    """What the client gets.

    Attributes:
        status: of HTTP.
        headers: beside the length of the body.
        body: all of it, where there is no stream.
        stream: the body in pieces, each sent when it comes.

    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: Iterable[bytes] | None = None


Site = Callable[[Request], Response]
"""One public host. Called from several threads at once."""
