"""Seeding defects: small changes to the parsed objects of good manifests, made in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Final

from infra.manifests import Object

Seed = Callable[[list[Object]], None]

POD: Final = "spec template spec"
MAIN: Final = f"{POD} containers 0"
FIRST: Final = f"{POD} initContainers 0"


def find(objects: Sequence[Object], identity: str) -> Object:
    """Get an object of the lab's namespace by `Kind/name`; a Job's name is given without its digest."""
    kind, name = identity.split("/")
    return next(
        item
        for item in objects
        if item["kind"] == kind
        and name == (item["metadata"]["name"].rpartition("-")[0] if kind == "Job" else item["metadata"]["name"])
        and item["metadata"].get("namespace") != "kube-public"
    )


def put(identity: str, path: str, *, to: object) -> Seed:
    """Make a seed that sets what is at a path such as `spec ports 0 port`. At the end of a list it is added."""

    def seed(objects: list[Object]) -> None:
        target, last = _parent(find(objects, identity), path)
        if isinstance(target, list):
            target[int(last) : int(last) + 1] = [deepcopy(to)]
        else:
            target[last] = deepcopy(to)

    return seed


def drop(identity: str, path: str) -> Seed:
    """Make a seed that takes away what is at a path."""

    def seed(objects: list[Object]) -> None:
        target, last = _parent(find(objects, identity), path)
        del target[int(last) if isinstance(target, list) else last]

    return seed


def without(identity: str) -> Seed:
    """Make a seed that takes an object away."""
    return lambda objects: objects.remove(find(objects, identity))


def twice(identity: str) -> Seed:
    """Make a seed that adds a second object of the same name."""
    return lambda objects: objects.append(deepcopy(find(objects, identity)))


def more(item: Object) -> Seed:
    """Make a seed that adds an object."""
    return lambda objects: objects.append(deepcopy(item))


def _parent(item: Object, path: str) -> tuple[Any, str]:
    """Go to the last but one step of a path."""
    *steps, last = path.split()
    target: Any = item
    for step in steps:
        target = target[int(step)] if isinstance(target, list) else target.setdefault(step, {})
    return target, last
