"""Kubernetes' own schemas of the version that the lab runs on, with fields that do not exist refused."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import jsonschema_rs

from infra.manifests import Object

_FOLDER: Final[Traversable] = files("kubernetes_validate") / "kubernetes-json-schema" / "v1.36.0-local-strict"
# rbac.authorization.k8s.io/v1 -> rbac-v1: how the package names its files.
_GROUP: Final = re.compile(r"(?P<first>[^./]*)(\.[^/]*)?/")


def faults(item: Object) -> list[str]:
    """Check one object; each fault begins with the object and the path in it."""
    name = f"{item['kind']}/{item['metadata']['name']}"
    return [
        f"{name}: {'.'.join(map(str, error.instance_path))}: {error.message}"
        for error in _validator(item["apiVersion"], item["kind"]).iter_errors(item)
    ]


@cache
def _validator(api_version: str, kind: str) -> jsonschema_rs.Draft202012Validator:
    group_and_version = _GROUP.sub(r"\g<first>-", api_version)
    schema = _read(f"{kind.lower()}-{group_and_version}.json")
    return jsonschema_rs.Draft202012Validator(schema, registry=_registry())


@cache
def _registry() -> jsonschema_rs.Registry:
    definitions = _read("_definitions.json")
    return jsonschema_rs.Registry([(definitions["$id"], definitions)])


def _read(name: str) -> Object:
    schema: Object = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return schema
