"""A cluster and a program in this process, and commands that are cut off before or after any of what they do there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from ailab.secrets import TABLE, SecretKey
from infra.process import Completed


class CutOff(BaseException):
    """The command was killed: no line of it runs any more."""


@dataclass
class Steps:
    """What a command does to others, step by step.

    Attributes:
        cut: the number of the step at which the command ends, if any.
        after: whether that step is done before.

    """

    done: list[str] = field(default_factory=list)
    cut: int | None = None
    after: bool = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do one step, in a `with` block."""
        number = len(self.done)
        if number == self.cut and not self.after:
            raise CutOff
        yield
        self.done.append(name)
        if number == self.cut:
            raise CutOff

    def begin(self, cut: int | None = None, *, after: bool = False) -> None:
        """Forget what was done, and say where the next command ends."""
        self.done.clear()
        self.cut, self.after = cut, after


@dataclass
class Cluster:
    """Keeps Secrets, one step each: of a list that is applied, some may be written and others not.

    Attributes:
        steps: what is done to it.
        data: of its Secrets, by their names.
        marks: the annotations of its Secrets.
        kinds: of what runs in it, by its names.
        read: the data that each had when it was started last.

    """

    steps: Steps
    data: dict[str, dict[str, str]] = field(default_factory=dict)
    marks: dict[str, set[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    read: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def run(self, argv: Sequence[str], *, stdin: str | None = None, **_how: object) -> Completed:
        """Do what kubectl would do."""
        words = argv[1:]
        if words[:2] == ["apply", "--server-side"]:
            for item in json.loads(stdin or "")["items"]:
                self._apply(item["metadata"], item["data"])
            return Completed(0, "", "")
        shown = [word for word in words if not word.startswith("--") and "-now-" not in word]
        with self.steps.step(" ".join(shown)):
            return Completed(0, self._answer(words), "")

    def _apply(self, metadata: dict[str, Any], data: dict[str, str]) -> None:
        name, marks = metadata["name"], set(metadata.get("annotations", {}))
        if (data, marks) != (self.data.get(name), self.marks.get(name)):
            with self.steps.step(f"apply {name}"):
                self.data[name], self.marks[name] = data, marks

    def _answer(self, words: Sequence[str]) -> str:
        match words:
            case ["get", "secrets", *_]:
                return json.dumps({"items": [self._secret(name) for name in self.data]})
            case ["get", "deployments,cronjobs", *_]:
                items = [{"kind": kind, "metadata": {"name": name}} for name, kind in self.kinds.items()]
                return json.dumps({"items": items})
            case ["rollout", "restart", _, thing] | ["create", "job", _, _, thing]:
                self.start(thing.rpartition("/")[2])
            case ["annotate", _, *things]:
                for name in self.marks:
                    if f"secret/{name}" in things:
                        self.marks[name] -= {thing[:-1] for thing in things if thing.endswith("-")}
        return ""

    def _secret(self, name: str) -> dict[str, Any]:
        metadata = {"name": name, "annotations": dict.fromkeys(self.marks[name], "")}
        return {"metadata": metadata, "data": self.data[name]}

    def start(self, program: str) -> None:
        """Let a program read all Secrets as they are now."""
        self.read[program] = {name: dict(data) for name, data in self.data.items()}

    def values(self, row: SecretKey) -> Mapping[str, str]:
        """Give the values of a row by their keys: its own one, and the next one if there is any."""
        found = {key: value for key, value in self.data[row.name].items() if key.split(".")[0] == row.key}
        return {key: base64.b64decode(value).decode() for key, value in found.items()}

    def behind(self) -> list[tuple[str, str]]:
        """List what runs with another value than there is now, with the secret's name."""
        return [
            (user, f"{row.name}/{row.key}")
            for row in TABLE
            for user in row.users
            if user in self.read
            and not row.kept_by_program
            and self.read[user].get(row.name, {}).get(row.key) != self.data[row.name].get(row.key)
        ]


@dataclass
class Program:
    """Keeps its password, whichever of the three APIs it is asked by."""

    steps: Steps
    password: str

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        with self.steps.step(f"{request.method} {request.url.path}"):
            return self.take(request)

    def take(self, request: httpx.Request) -> httpx.Response:
        """Sign somebody in, and take the new password where one is asked to be taken."""
        body = json.loads(request.content or "{}")
        scheme, _, words = request.headers.get("Authorization", "").partition(" ")
        given = base64.b64decode(words).decode().partition(":")[2] if scheme == "Basic" else body["password"]
        if given != self.password:
            return httpx.Response(401 if scheme == "Basic" else 400)
        self.password = (
            body.get("new_password") or body.get("newPassword") or body.get("parameters", {}).get("new") or given
        )
        return httpx.Response(200, json={"token": "a-session"})
