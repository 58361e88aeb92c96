"""The Secrets of a lab in its cluster: reading them, writing them, and restarting what reads them."""

from __future__ import annotations

import base64
import json
import secrets as randomness
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ailab.secrets import RESTART_ORDER, TABLE, Form, Origin, SecretKey
from infra.console import say
from infra.errors import LabError
from infra.kubectl import Kubectl, get, kubectl

MANAGER = "gpu-lab"
ROLLOUT_SECONDS = 600


@dataclass(frozen=True)
class Place:
    """Where a lab's Secrets are, and the name of the lab, which marks them as its own."""

    namespace: str
    lab: str


@dataclass(frozen=True)
class Filled:
    """What `fill` has done: how many values it made, which given ones it changed, and what is there now."""

    made: int
    changed: tuple[SecretKey, ...]
    before: Mapping[SecretKey, str] = field(repr=False)
    now: Mapping[SecretKey, str] = field(repr=False)


def generate(row: SecretKey) -> str:
    """Make a value of 256 random bits in the form that its reader wants."""
    value = randomness.token_hex(32)
    return f"sk-{value}" if row.form is Form.GATEWAY_KEY else value


def fill(place: Place, owners: Mapping[SecretKey, str], ask: Kubectl = kubectl) -> Filled:
    """Generate what is missing, take over what is given (an empty value takes a key back), keep everything else."""
    before = in_cluster(place, ask)
    made = {row: generate(row) for row in TABLE if row.origin is Origin.GENERATED and row not in before}
    after = {row: value for row, value in {**before, **made, **owners}.items() if value}
    store(place, after, ask)
    changed = tuple(row for row in TABLE if row.origin is Origin.GIVEN and before.get(row) != after.get(row))
    return Filled(len(made), changed, before, after)


def in_cluster(place: Place, ask: Kubectl = kubectl) -> dict[SecretKey, str]:
    """Read the values that the cluster has.

    Raises:
        LabError: kubectl fails, or gives something else; neither the error nor its cause has anything of what it said.

    """
    values = _read(_unseen(place, ask, "get", "secrets", f"--namespace={place.namespace}", "--output=json"))
    if values is None:
        message = f"the Secrets of {place.namespace}: kubectl gives something that cannot be read, and is not shown"
        raise LabError(message)
    return values


def _read(said: str) -> dict[SecretKey, str] | None:
    """Take the values out of kubectl's answer; None for another answer, whose error would have all of it."""
    try:
        data = {item["metadata"]["name"]: item.get("data", {}) for item in json.loads(said)["items"]}
        return {
            row: base64.b64decode(data[row.name][row.key]).decode()
            for row in TABLE
            if row.key in data.get(row.name, {})
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _unseen(place: Place, ask: Kubectl, *words: str, stdin: str | None = None) -> str:
    """Run kubectl on Secrets; of what it says on failure nothing is told: the API's errors quote what was sent."""
    done = ask(*words, stdin=stdin, check=False)
    if done.status != 0:
        message = (
            f"the Secrets of {place.namespace}: kubectl {words[0]} ended with status {done.status}; what it said may "
            f"hold values and is not shown, but kubectl get secrets --namespace={place.namespace} --output=name may "
            "say why"
        )
        raise LabError(message)
    return done.stdout


def store(place: Place, values: Mapping[SecretKey, str], ask: Kubectl = kubectl) -> None:
    """Write all Secrets, whole, so that what is not among the values is taken away.

    Raises:
        LabError: kubectl fails; the error has nothing of what it said.

    """
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "namespace": place.namespace,
                "labels": {"app.kubernetes.io/part-of": place.lab, "app.kubernetes.io/managed-by": MANAGER},
            },
            "data": {
                row.key: base64.b64encode(value.encode()).decode() for row, value in values.items() if row.name == name
            },
        }
        for name in dict.fromkeys(row.name for row in TABLE)
    ]
    # Server-side: the client's way would keep a readable copy of every value in an annotation.
    words = ("apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}", "--filename=-")
    _unseen(place, ask, *words, stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def restart(place: Place, rows: Iterable[SecretKey], ask: Kubectl = kubectl) -> None:
    """Let whatever uses changed secrets read them, each one ready before the next begins."""
    users = {user for row in rows for user in row.users}
    namespace = f"--namespace={place.namespace}"
    found = get("deployments,cronjobs", namespace, ask=ask)["items"]
    kinds = {item["metadata"]["name"]: item["kind"] for item in found}
    for name in (name for name in RESTART_ORDER if name in users and name in kinds):
        if kinds[name] == "CronJob":
            say(f"running {name}")
            job = f"{name}-now-{int(time.time())}"
            ask("create", "job", namespace, job, f"--from=cronjob/{name}")
            _wait(ask, "wait", namespace, f"job/{job}", "--for=condition=Complete")
            ask("delete", "job", namespace, job)
        else:
            say(f"restarting {name}")
            ask("rollout", "restart", namespace, f"deployment/{name}")
            _wait(ask, "rollout", "status", namespace, f"deployment/{name}")


def _wait(ask: Kubectl, *words: str) -> None:
    ask(*words, f"--timeout={ROLLOUT_SECONDS}s", timeout=ROLLOUT_SECONDS + 30)
