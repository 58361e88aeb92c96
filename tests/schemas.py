"""Kubernetes' own schemas of the version that the lab runs on, and those of `imports/`; unknown fields are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import jsonschema_rs
import yaml

from infra.labs import ROOT
from infra.manifests import Object

_FOLDER: Final[Traversable] = files("kubernetes_validate") / "kubernetes-json-schema" / "v1.36.0-local-strict"
_DEFINITIONS: Final = ROOT / "imports" / "crds"
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
    if defined := definitions().get((api_version, kind)):
        return jsonschema_rs.Draft202012Validator(_strict(defined))
    group_and_version = _GROUP.sub(r"\g<first>-", api_version)
    schema = _read(f"{kind.lower()}-{group_and_version}.json")
    return jsonschema_rs.Draft202012Validator(schema, registry=_registry())


@cache
def definitions() -> Mapping[tuple[str, str], Object]:
    """Give the schemas of the kinds that are not Kubernetes' own, by API version and kind."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(_DEFINITIONS.glob("*.yaml"))]
    return {
        (f"{item['spec']['group']}/{version['name']}", item["spec"]["names"]["kind"]): version["schema"][
            "openAPIV3Schema"
        ]
        for text in texts
        for item in yaml.safe_load_all(text)
        for version in item["spec"]["versions"]
    }


def _strict(schema: Object) -> Object:
    """Refuse fields that a schema does not name, at any depth, but for those that every object has."""
    own = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    return _closed({**schema, "properties": {**own, **schema["properties"]}})


def _closed(schema: Object) -> Object:
    if "items" in schema:
        return {**schema, "items": _closed(schema["items"])}
    if "properties" in schema:
        inner = {name: _closed(field) for name, field in schema["properties"].items()}
        return {**schema, "properties": inner, "additionalProperties": False}
    return schema


@cache
def _registry() -> jsonschema_rs.Registry:
    definitions = _read("_definitions.json")
    return jsonschema_rs.Registry([(definitions["$id"], definitions)])


def _read(name: str) -> Object:
    schema: Object = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return schema
