"""Requests and answers as most providers send them: JSON documents and server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from testnode.internet.exchange import Request, Response

Document = Mapping[str, object]


@dataclass(frozen=True)
class Event:
    """One event of a stream; `name` where the protocol names events beside their data."""

    data: Document
    name: str | None = None


class Refusal(Exception):  # noqa: N818 - not a fault of the program: it is what the provider answers
    """What a provider would not do; each protocol has a form of its own for it."""

    def __init__(self, status: HTTPStatus, code: str, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.parameter = status, code, message, parameter


class Body(BaseModel):
    """Base of every request's body: fields that the provider documents are declared or named, others are refused."""

    model_config = ConfigDict(frozen=True, extra="allow")
    documented: ClassVar[str] = ""

    def unknown(self) -> str | None:
        """Return a field that the provider does not document."""
        return next(iter(sorted(set(self.model_extra or ()) - set(self.documented.split()))), None)


AnyBody = TypeVar("AnyBody", bound=Body)

MISSING = "missing"
UNKNOWN = "unknown"
INVALID = "invalid"


def read(kind: type[AnyBody], data: bytes) -> AnyBody:
    """Read a request's body.

    Raises:
        Refusal: it is no JSON, lacks a field, has a wrong type (`INVALID`, `MISSING`) or an `UNKNOWN` field.

    """
    try:
        body = kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        code = MISSING if first["type"] == "missing" else INVALID
        raise Refusal(HTTPStatus.BAD_REQUEST, code, f"{place}: {first['msg']}", place) from error
    if field := body.unknown():
        raise Refusal(HTTPStatus.BAD_REQUEST, UNKNOWN, f"{field}: no such field", field)
    return body


def posted(request: Request) -> None:
    """Insist on POST.

    Raises:
        Refusal: it is another method.

    """
    if request.method != "POST":
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, INVALID, f"{request.method} is not allowed here")


def document(
    content: Document, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with one JSON document."""
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, text(content).encode())


def events(stream: Iterable[Event], last: str | None = None) -> Response:
    """Answer with server-sent events, each in a piece of its own; `last` is the data of one that is no JSON."""
    return Response(headers={"Content-Type": "text/event-stream; charset=utf-8"}, stream=_lines(stream, last))


def text(content: Document) -> str:
    """Write JSON without spaces."""
    return json.dumps(content, separators=(",", ":"))


def identity(prefix: str) -> str:
    """Return a name that nothing else has."""
    return f"{prefix}{uuid4().hex}"


def masked(key: str) -> str:
    """Show as much of a key as providers do when they refuse one."""
    return f"{key[:2]}***{key[-2:]}"


def _lines(stream: Iterable[Event], last: str | None) -> Iterable[bytes]:
    for event in stream:
        name = f"event: {event.name}\n" if event.name else ""
        yield f"{name}data: {text(event.data)}\n\n".encode()
    if last:
        yield f"data: {last}\n\n".encode()
