"""Promise: pods refer to exactly the secrets of the table in `ailab.secrets`, each by the programs named there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ailab.secrets import ALERTS_TOPIC, EMBEDDING_KEY, TABLE, Origin
from infra.manifests import Object
from tests.policy import pods


def secret_references(objects: Sequence[Object]) -> Iterator[str]:
    rows = {(row.name, row.key): row for row in TABLE}
    readers: dict[tuple[str, str], set[str]] = {identity: set() for identity in rows}
    for name, container in pods.containers(objects):
        for reference in pods.secret_references(container):
            identity = (reference["name"], reference["key"])
            if identity not in rows:
                yield f"{name}: {'/'.join(identity)} is not in the table of secrets"
                continue
            if reference.get("optional", False) is not (rows[identity].origin is Origin.GIVEN):
                yield f"{name}: {'/'.join(identity)} is optional although generated, or the other way round"
            readers[identity].add(_program(name))
        if "envFrom" in container:
            yield f"{name}: takes a whole Secret or ConfigMap as variables"
    for identity, users in readers.items():
        row = rows[identity]
        not_declared = not users and (row.origin is Origin.GIVEN or row in {EMBEDDING_KEY, ALERTS_TOPIC})
        if users != set(row.users) and not not_declared:
            yield f"{'/'.join(identity)}: is read by {sorted(users)}, but the table says {sorted(row.users)}"


def _program(container: str) -> str:
    """Name the program of a container; a Job's name has a digest behind it."""
    kind, owner, _ = container.split("/")
    return owner.rpartition("-")[0] if kind == "Job" else owner
