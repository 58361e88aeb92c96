"""What must not be shipped: whatever is in a configuration, Nix's store shows to everybody on the machine."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from infra.shipping.bundle import Entry

KINDS: Final = (".json", ".md", ".nix", ".sh")
LOCK: Final = PurePosixPath("flake.lock")
PRIVATE_KEY: Final = b"PRIVATE KEY-----"  # as each kind of PEM, and OpenSSH's, ends its first line
SHORTEST: Final = 8  # characters of a value that is looked for: a shorter one may stand anywhere by chance


@dataclass(frozen=True)
class Known:
    """A secret that this machine knows.

    Attributes:
        variable: what gives it.
        value: it; neither shown nor told.

    """

    variable: str
    value: str = field(repr=False)

    def within(self, content: bytes) -> bool:
        """Whether the content has the value, as it is or as Kubernetes writes it."""
        value = self.value.encode()
        return len(self.value) >= SHORTEST and (value in content or base64.b64encode(value) in content)


def fault(entries: Iterable[Entry], known: Sequence[Known]) -> tuple[PurePosixPath, str] | None:
    """Name the first file that must not be shipped, and why in words for people; None where all may be."""
    for entry in entries:
        if entry.content is not None and (why := _why(entry.path, entry.content, known)):
            return entry.path, why
    return None


def _why(path: PurePosixPath, content: bytes, known: Sequence[Known]) -> str | None:
    if any(part.startswith(".") for part in path.parts):
        return "is hidden"
    if PRIVATE_KEY in content:
        return "has a private key"
    if names := [secret.variable for secret in known if secret.within(content)]:
        return f"has the value of {names[0]}"
    if path.suffix not in KINDS and path != LOCK:
        return f"is none of {', '.join(KINDS)} and {LOCK}, of which a configuration is made"
    return None
