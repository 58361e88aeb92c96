"""How a lab's own things are told from all others of an account."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Final, Self

# A tag is made of letters, digits, '_', ':' and '-' (schema `tags` of DigitalOcean's OpenAPI document).
_UID: Final = re.compile(r"gpu-lab-uid:([0-9a-f]{32})")
_LAB: Final = re.compile(r"gpu-lab:(.+)")
_NAME: Final = re.compile(r"(.+)-([0-9a-f]{12})")


@dataclass(frozen=True)
class Identity:
    """One lab, made once: names repeat in an account, this does not.

    Attributes:
        lab: the lab's name.
        uid: 32 hexadecimal digits, made at the first `up`.

    """

    lab: str
    uid: str

    @classmethod
    def new(cls, lab: str) -> Self:
        """Make the identity of a lab that there was not before."""
        return cls(lab, uuid.uuid4().hex)

    @property
    def tags(self) -> tuple[str, str]:
        """What droplet and volume carry, both of them."""
        return lab_tag(self.lab), f"gpu-lab-uid:{self.uid}"

    @property
    def name(self) -> str:
        """The name of droplet, volume and firewall: no other lab's has it."""
        return f"{self.lab}-{self.uid[:12]}"  # `_NAME` reads it again

    @property
    def key(self) -> str:
        """The description of a key to the tailnet, which has letters, digits, blanks and "-" alone."""
        return f"gpu-lab {self.uid[:12]}"

    def owns(self, tags: tuple[str, ...] | None) -> bool:
        """Whether a thing with these tags is this lab's."""
        return set(self.tags) <= set(tags or ())


def lab_tag(lab: str) -> str:
    """Give the tag of all labs of that name."""
    return f"gpu-lab:{lab}"


def shown(tag: str) -> str:
    """Write a tag for people, to whom the identity says nothing."""
    return tag.partition(":")[0] if _UID.fullmatch(tag) else tag


def lab_of(name: str, tags: tuple[str, ...] | None) -> str | None:
    """Say which lab a thing was made for, by its tag or else by its name; None for what no lab has made.

    The name alone says it of a thing that lost its tags, and may be one that somebody else has given.
    """
    for tag in tags or ():
        if found := _LAB.fullmatch(tag):
            return found[1]
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def uids(tags: tuple[str, ...] | None) -> tuple[str, ...]:
    """Read the identities that a thing's tags name."""
    return tuple(found[1] for tag in tags or () if (found := _UID.fullmatch(tag)))


def identities(name: str, tags: tuple[str, ...] | None) -> tuple[str, ...]:
    """Read the same; of a thing without such a tag its name has the beginning, which is enough to go by."""
    named = _NAME.fullmatch(name)
    return uids(tags) or ((named[2].ljust(32, "0"),) if named else ())
