"""The machine that a lab has for itself: a droplet with NixOS and k3s."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ailab.spec.faults import fault, told
from ailab.spec.values import Address, Section

_KINDS: Final = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_KEY: Final = re.compile(r"(?P<kind>\S+) (?P<body>[A-Za-z0-9+/]+={0,2})( [^\n\r]*)?")
_WHOLE: Final = "give the one line of a .pub file, such as ~/.ssh/id_ed25519.pub"


def _ssh_key(value: str) -> str:
    if "PRIVATE KEY" in value:
        # Not shown, not even its beginning.
        text = f"a private key stands in the file; take it out, and {_WHOLE}"
        raise told(text)
    found = _KEY.fullmatch(value)
    if not found or found["kind"] not in _KINDS:
        raise fault(value, "is no public SSH key", _WHOLE)
    if _fields(found["body"])[:1] != [found["kind"].encode()]:
        raise fault(value, "is only a part of a public SSH key", _WHOLE)
    return value


def _fields(body: str) -> list[bytes]:
    """Take a key apart: its kind, then its numbers, each after its length in four bytes; none when it is not whole.

    https://www.rfc-editor.org/rfc/rfc4253#section-6.6
    """
    try:
        rest = base64.b64decode(body, validate=True)
    except binascii.Error:
        return []
    fields = []
    while rest:
        end = 4 + int.from_bytes(rest[:4], "big")
        if end > len(rest):
            return []
        fields.append(rest[4:end])
        rest = rest[end:]
    return fields if len(fields) > 1 else []


SshKey = Annotated[str, AfterValidator(_ssh_key), Field(title="public SSH key")]


class HostSpec(Section):
    """The machine, where it is the lab's own: a droplet with NixOS. A lab on another cluster needs none of this."""

    ssh_keys: tuple[SshKey, ...] = Field(
        (),
        title="list of public SSH keys",
        description="who may log in as root over SSH; nobody could without one, so a droplet needs it",
        examples=[["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJCkJj0j++1CLsLyrtAmzc2f9MHFOWlLoNLBmB+o/nKh me@laptop"]],
    )
    name_servers: tuple[Address, ...] = Field(
        ("1.1.1.1", "9.9.9.9"),
        min_length=1,
        title="list of IPv4 addresses",
        description="name servers that the machine and its pods ask for names of the internet",
        examples=[["1.1.1.1", "9.9.9.9"]],
    )
