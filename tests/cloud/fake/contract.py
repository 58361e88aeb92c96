"""DigitalOcean's OpenAPI document as a judge of requests and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import jsonschema_rs

from infra.labs import ROOT

DOCUMENT: Final = ROOT.parent / "shared" / "digitalocean-openapi.json"
"""The document is DigitalOcean's own and stays outside of this project; without it the fake is lenient."""

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    pattern: re.Pattern[str]
    query: Mapping[str, Json]
    required: bool
    body: Json | None
    answers: Mapping[str, Json | None]
    scopes: tuple[str, ...]


class Contract:
    """The document, ready to judge."""

    def __init__(self, file: Path) -> None:
        self._document = json.loads(file.read_text(encoding="utf-8"))
        self._operations = {
            (method, path): self._operation(path, item, item[method])
            for path, item in self._document["paths"].items()
            for method in ("get", "post", "put", "delete")
            if method in item
        }
        self._components = _draft4(self._document["components"])
        self._validators: dict[int, jsonschema_rs.Draft4Validator] = {}

    def faults(self, method: str, path: str, query: Mapping[str, str], body: object) -> list[str]:
        """Say what is wrong with a request; nothing for a right one."""
        operation = self._find(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        found = [f"{method} {path}: no parameter {name}" for name in query if name not in operation.query]
        for name, value in query.items():
            if name in operation.query:
                found += self._judge(operation.query[name], int(value) if value.isdecimal() else value, f"?{name}")
        if operation.body is None:
            return found + [f"{method} {path}: has a body"] * (body is not None)
        if body is None:
            return found + [f"{method} {path}: has no body"] * operation.required
        return found + self._judge(operation.body, body, f"{method} {path}")

    def scopes(self, method: str, path: str) -> tuple[str, ...]:
        """Name what a token must be allowed for a request."""
        operation = self._find(method, path)
        return operation.scopes if operation else ()

    def answer_faults(self, method: str, path: str, status: int, body: object) -> list[str]:
        """Say what is wrong with an answer of the fake's."""
        operation = self._find(method, path)
        if operation is None:
            return []
        schema = operation.answers.get(str(status), operation.answers.get("default"))
        if schema is None:
            return [f"{method} {path}: {status} has a body"] * (body is not None)
        return self._judge(schema, body, f"{status} to {method} {path}")

    def _operation(self, path: str, item: Json, operation: Json) -> Operation:
        parameters = [self._resolved(each) for each in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        body = self._resolved(operation["requestBody"]) if "requestBody" in operation else None
        answers = {status: self._resolved(answer) for status, answer in operation["responses"].items()}
        return Operation(
            pattern=re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)),
            query={each["name"]: _draft4(each["schema"]) for each in parameters if each["in"] == "query"},
            required=bool(body and body.get("required")),
            scopes=tuple(scope for each in operation.get("security", ()) for scope in each["bearer_auth"]),
            body=_draft4(body["content"]["application/json"]["schema"]) if body else None,
            answers={
                status: _draft4(answer["content"]["application/json"]["schema"]) if answer.get("content") else None
                for status, answer in answers.items()
            },
        )

    def _find(self, method: str, path: str) -> Operation | None:
        exact = self._operations.get((method.lower(), path))
        matching = (
            operation
            for (verb, _), operation in self._operations.items()
            if verb == method.lower() and operation.pattern.fullmatch(path)
        )
        return exact or next(matching, None)

    def _resolved(self, item: Json) -> Json:
        while "$ref" in item:
            found = self._document
            for step in item["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            item = found
        return item

    def _judge(self, schema: Json, value: object, where: str) -> list[str]:
        if id(schema) not in self._validators:
            self._validators[id(schema)] = jsonschema_rs.Draft4Validator({**schema, "components": self._components})
        return [
            f"{where}: {'.'.join(map(str, error.instance_path))}: {error.message}"
            for error in self._validators[id(schema)].iter_errors(value)
        ]


def _draft4(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Translate OpenAPI 3.0's `nullable`, the one word of it that these schemas use and JSON Schema lacks."""
    if isinstance(schema, list):
        return [_draft4(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    translated = {
        key: _draft4(value) for key, value in schema.items() if key not in {"example", "examples", "nullable"}
    }
    if schema.get("nullable") is True:
        return {"anyOf": [translated, {"type": "null"}]}
    return translated


@cache
def contract() -> Contract | None:
    """Read the document, where it is."""
    return Contract(DOCUMENT) if DOCUMENT.is_file() else None
