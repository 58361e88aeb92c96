"""A cluster and a program in this process, and commands that are cut off before or after any of what they do there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from ailab.secrets import SecretKey
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
    """Keeps Secrets, one step each: of a list that is applied, some may be written and others not."""

    steps: Steps
    data: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, argv: Sequence[str], *, stdin: str | None = None, **_how: object) -> Completed:
        """Do what kubectl would do."""
        words = argv[1:]
        if words[:2] == ["apply", "--server-side"]:
            for item in json.loads(stdin or "")["items"]:
                self._apply(item["metadata"]["name"], item["data"])
            return Completed(0, "", "")
        with self.steps.step(" ".join(words[:2])):
            of_secrets = words[1] == "secrets"
            items = [{"metadata": {"name": name}, "data": data} for name, data in self.data.items() if of_secrets]
            return Completed(0, json.dumps({"items": items}), "")

    def _apply(self, name: str, data: dict[str, str]) -> None:
        if data != self.data.get(name):
            with self.steps.step(f"apply {name}"):
                self.data[name] = data

    def values(self, row: SecretKey) -> Mapping[str, str]:
        """Give the values of a row by their keys: its own one, and the next one if there is any."""
        found = {key: value for key, value in self.data[row.name].items() if key.split(".")[0] == row.key}
        return {key: base64.b64decode(value).decode() for key, value in found.items()}


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
