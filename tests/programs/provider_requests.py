"""Requests as the clients of paid providers send them, and what streams are made of."""

from __future__ import annotations

import json
import struct
from binascii import crc32
from collections.abc import Iterator, Mapping

from testnode.internet.exchange import Request, Response, Site

Json = dict[str, object]
ORDER = 'Call weather with {"city": "Toronto"}'
ARGUMENTS = {"city": "Toronto"}


def post(site: Site, path: str, body: Json | bytes, headers: Mapping[str, str]) -> Response:
    """Send one request to a stand-in."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return site(Request("POST", "host.example", path, headers, data))


def content(answer: Response) -> Json:
    """Read an answer that is one document."""
    found: Json = json.loads(answer.body)
    return found


def sent_events(answer: Response) -> list[tuple[str | None, Json | str]]:
    """Read server-sent events: names, where there are any, and data."""
    found: list[tuple[str | None, Json | str]] = []
    for piece in answer.stream or ():
        fields = dict(line.split(": ", 1) for line in piece.decode().rstrip("\n").split("\n"))
        data = fields["data"]
        found.append((fields.get("event"), json.loads(data) if data.startswith("{") else data))
    return found


def frames(answer: Response) -> Iterator[tuple[dict[str, str], Json]]:
    """Read the messages of an AWS event stream: headers and content, both checksums checked."""
    for piece in answer.stream or ():
        length, head, checksum = struct.unpack(">III", piece[:12])
        assert (length, checksum) == (len(piece), crc32(piece[:8]))
        assert struct.unpack(">I", piece[-4:])[0] == crc32(piece[:-4])
        yield dict(_headers(piece[12 : 12 + head])), json.loads(piece[12 + head : -4])


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    while data:
        end = 1 + data[0]
        kind, length = struct.unpack(">BH", data[end : end + 3])
        assert kind == 7
        yield data[1:end].decode(), data[end + 3 : end + 3 + length].decode()
        data = data[end + 3 + length :]
