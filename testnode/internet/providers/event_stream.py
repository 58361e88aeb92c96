"""The framing of AWS's event streams.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html describes it, and Smithy:
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
STRING = 7
PRELUDE, CHECKSUM = 8, 4


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one message: its lengths, a checksum of them, headers, payload, and a checksum of it all."""
    head = b"".join(_header(name, value) for name, value in headers.items())
    length = PRELUDE + CHECKSUM + len(head) + len(payload) + CHECKSUM
    prelude = struct.pack(">II", length, len(head))
    message = prelude + struct.pack(">I", crc32(prelude)) + head + payload
    return message + struct.pack(">I", crc32(message))


def event(kind: str, payload: bytes) -> bytes:
    """Return a message that is an event with a JSON document."""
    return frame({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, payload)


def _header(name: str, value: str) -> bytes:
    key, data = name.encode(), value.encode()
    return struct.pack(">B", len(key)) + key + struct.pack(">BH", STRING, len(data)) + data
