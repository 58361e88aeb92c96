"""Promise: pods refer to exactly the secrets of the table in `ailab.secrets`, each by the programs named there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ailab.secrets import ALERTS_TOPIC, DATABASES, EMBEDDING_KEY, TABLE, SecretKey
from infra.manifests import Object, of_kind, pod_templates
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
            if reference.get("optional", False) is not rows[identity].optional:
                yield f"{name}: {'/'.join(identity)} is optional although it is needed, or the other way round"
            readers[identity].add(_program(name))
        if "envFrom" in container:
            yield f"{name}: takes a whole Secret or ConfigMap as variables"
    here = {_program(f"{owner}/") for owner, _ in pod_templates(objects)}
    unused = _unused(objects)
    for identity, users in readers.items():
        row = rows[identity]
        wanted = set() if row in unused else here & set(row.users)
        # What two programs share is read by nobody where the lab is without one of them.
        may_be_unread = row.optional or row in {EMBEDDING_KEY, ALERTS_TOPIC} or not here.issuperset(row.users)
        if users != wanted and not (may_be_unread and not users):
            yield f"{'/'.join(identity)}: is read by {sorted(users)}, but the table says {sorted(wanted)}"


def _unused(objects: Sequence[Object]) -> set[SecretKey]:
    """Give the secrets that only the other kind of PostgreSQL has: the lab's own, or one that is there already."""
    own = any(item["metadata"]["name"] == "postgres" for item in of_kind(objects, "Deployment"))
    return {database.url if own else database.password for database in DATABASES}


def _program(container: str) -> str:
    """Name the program of a container; a Job's name has a digest behind it."""
    kind, owner, _ = container.split("/")
    return owner.rpartition("-")[0] if kind == "Job" else owner
