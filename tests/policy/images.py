"""Promise: only images of `ailab.images`, each at a fixed version that is not below its floor, by digest if known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ailab.images import ALL, Image
from infra.manifests import Object
from tests.policy.pods import containers

FLOATING: Final = {"latest", "main", "master", "stable", "edge", "nightly", "dev"}
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def images(objects: Sequence[Object]) -> Iterator[str]:
    known = {image.repository: image for image in ALL}
    for name, container in containers(objects):
        reference = container["image"]
        named, _, digest = reference.partition("@")
        repository, _, tag = named.rpartition(":")
        if container.get("imagePullPolicy") != "IfNotPresent":
            yield f"{name}: asks the registry at each start"
        if not repository or "/" in tag:
            yield f"{name}: {reference} has no tag"
        elif tag in FLOATING or not any(letter.isdigit() for letter in tag):
            yield f"{name}: tag {tag} names another image tomorrow"
        elif repository not in known:
            yield f"{name}: {repository} is no image of ailab.images"
        else:
            yield from (f"{name}: {fault}" for fault in _faults(known[repository], tag, digest))


def version(tag: str) -> tuple[int, ...]:
    """Read the numbers of a version: v1.103.2 is (1, 103, 2); what follows behind a dash does not count."""
    found = re.search(r"\d+(\.\d+)*", tag)
    return tuple(int(number) for number in found[0].split(".")) if found else ()


def _faults(image: Image, tag: str, digest: str) -> Iterator[str]:
    if version(tag) < version(image.floor):
        yield f"tag {tag} is below the floor {image.floor}"
    if image.digest and digest != image.digest:
        yield f"its digest is not the known one of {image.repository}"
    if digest and not DIGEST.fullmatch(digest):
        yield f"{digest} is no digest"
    if tag != image.tag:
        yield f"tag {tag} is not that of ailab.images"
