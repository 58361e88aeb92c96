"""The Secrets of a lab in its cluster: reading them, writing them, and restarting what reads them."""

from __future__ import annotations

import base64
import json
import secrets as randomness
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ailab.secrets import RESTART_ORDER, TABLE, Form, Origin, SecretKey
from infra.console import say
from infra.errors import LabError
from infra.kubectl import Kubectl, get, kubectl

MANAGER = "gpu-lab"
UNREAD = "gpu-lab/unread-by-"  # of an annotation of a Secret; a program's name follows
ROLLOUT_SECONDS = 600


@dataclass(frozen=True)
class Place:
    """Where a lab's Secrets are, and the name of the lab, which marks them as its own."""

    namespace: str
    lab: str


@dataclass(frozen=True, order=True)
class Unread:
    """A Secret that has changed since a program that uses it was last started."""

    secret: str
    user: str


@dataclass(frozen=True)
class Stored:
    """What a lab's Secrets hold.

    Attributes:
        values: what programs read.
        pending: the next values of passwords that programs keep themselves, while their rotation has not ended: the
            program may have taken one already.
        unread: what programs have not read yet.

    """

    values: Mapping[SecretKey, str] = field(default_factory=dict, repr=False)
    pending: Mapping[SecretKey, str] = field(default_factory=dict, repr=False)
    unread: frozenset[Unread] = frozenset()

    def changed(self, values: Mapping[SecretKey, str], rows: Iterable[SecretKey]) -> Stored:
        """Give it other values, of which programs that run now have not read those in `rows`."""
        unread = {Unread(row.name, user) for row in rows for user in row.users}
        return replace(self, values=values, unread=self.unread | unread)


@dataclass(frozen=True)
class Filled:
    """What `fill` has done: how many values it made, how many given ones it changed, and what is there now."""

    made: int
    changed: int
    now: Stored


def generate(row: SecretKey) -> str:
    """Make a value of 256 random bits in the form that its reader wants."""
    value = randomness.token_hex(32)
    return f"sk-{value}" if row.form is Form.GATEWAY_KEY else value


def fill(place: Place, owners: Mapping[SecretKey, str], ask: Kubectl = kubectl) -> Filled:
    """Generate what is missing, take over what is given (an empty value takes a key back), keep everything else."""
    before = read(place, ask)
    made = {row: generate(row) for row in TABLE if row.origin is Origin.GENERATED and row not in before.values}
    values = {row: value for row, value in {**before.values, **made, **owners}.items() if value}
    changed = [row for row in TABLE if row.origin is Origin.GIVEN and before.values.get(row) != values.get(row)]
    # Without any, nothing has started yet: every program waits for the secrets.
    now = before.changed(values, changed if before.values else ())
    store(place, now, ask)
    return Filled(len(made), len(changed), now)


def in_cluster(place: Place, ask: Kubectl = kubectl) -> Mapping[SecretKey, str]:
    """Read the values that programs read.

    Raises:
        LabError: as for `read`.

    """
    return read(place, ask).values


def read(place: Place, ask: Kubectl = kubectl) -> Stored:
    """Read what the cluster has.

    Raises:
        LabError: kubectl fails, or gives something else; neither the error nor its cause has anything of what it said.

    """
    found = _parsed(_unseen(place, ask, "get", "secrets", f"--namespace={place.namespace}", "--output=json"))
    if found is None:
        message = f"the Secrets of {place.namespace}: kubectl gives something that cannot be read, and is not shown"
        raise LabError(message)
    return found


def _parsed(said: str) -> Stored | None:
    """Take the values out of kubectl's answer; None for another answer, whose error would have all of it."""
    try:
        items = json.loads(said)["items"]
        data = {item["metadata"]["name"]: item.get("data", {}) for item in items}
        return Stored(
            values=_decoded(data, {row: row.key for row in TABLE}),
            pending=_decoded(data, {row: _pending(row) for row in TABLE if row.kept_by_program}),
            unread=frozenset(
                Unread(item["metadata"]["name"], user)
                for item in items
                for user in RESTART_ORDER
                if f"{UNREAD}{user}" in item["metadata"].get("annotations", {})
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _decoded(data: Mapping[str, Mapping[str, str]], keys: Mapping[SecretKey, str]) -> dict[SecretKey, str]:
    """Find rows by the keys under which their Secrets have them."""
    found = {row: data.get(row.name, {}).get(key) for row, key in keys.items()}
    return {row: base64.b64decode(value).decode() for row, value in found.items() if value is not None}


def _pending(row: SecretKey) -> str:
    """Name the key of a next value, beside that of the value: no pod refers to it."""
    return f"{row.key}.pending"


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


def store(place: Place, stored: Stored, ask: Kubectl = kubectl) -> None:
    """Write all Secrets, whole, so that what is not stored any more is taken away.

    Raises:
        LabError: kubectl fails; the error has nothing of what it said.

    """
    entries = [(row.name, row.key, value) for row, value in stored.values.items()]
    entries += [(row.name, _pending(row), value) for row, value in stored.pending.items()]
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "namespace": place.namespace,
                "labels": {"app.kubernetes.io/part-of": place.lab, "app.kubernetes.io/managed-by": MANAGER},
                **_annotations(name, stored.unread),
            },
            "data": {key: base64.b64encode(value.encode()).decode() for of, key, value in entries if of == name},
        }
        for name in dict.fromkeys(row.name for row in TABLE)
    ]
    # Server-side: the client's way would keep a readable copy of every value in an annotation.
    words = ("apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}", "--filename=-")
    _unseen(place, ask, *words, stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def _annotations(secret: str, unread: Iterable[Unread]) -> dict[str, dict[str, str]]:
    """Mark a Secret as unread in the same write that changes it: whoever is cut off after it leaves the mark."""
    marks = {f"{UNREAD}{one.user}": "" for one in sorted(unread) if one.secret == secret}
    return {"annotations": marks} if marks else {}


def restart(place: Place, unread: Collection[Unread], ask: Kubectl = kubectl) -> None:
    """Let programs read what they have not, each one ready before the next begins.

    Each is taken out of what is unread as soon as the cluster has the order to start it anew, which it ends by itself:
    whoever is cut off here goes on with the others, and is not held up by one that does not become ready.

    Raises:
        LabError: kubectl fails, or a program is not ready in time.

    """
    if not unread:
        return
    users = {one.user for one in unread}
    namespace = f"--namespace={place.namespace}"
    found = get("deployments,cronjobs", namespace, ask=ask)["items"]
    kinds = {item["metadata"]["name"]: item["kind"] for item in found}
    if absent := users - kinds.keys():
        _mark_read(place, unread, absent, ask)
    for name in (name for name in RESTART_ORDER if name in users and name in kinds):
        if kinds[name] == "CronJob":
            say(f"running {name}")
            job = f"{name}-now-{int(time.time())}"
            ask("create", "job", namespace, job, f"--from=cronjob/{name}")
            _mark_read(place, unread, {name}, ask)
            _wait(ask, "wait", namespace, f"job/{job}", "--for=condition=Complete")
            # The CronJob keeps one Job that has ended: it may have taken this one away.
            ask("delete", "job", namespace, job, "--ignore-not-found")
        else:
            say(f"restarting {name}")
            ask("rollout", "restart", namespace, f"deployment/{name}")
            _mark_read(place, unread, {name}, ask)
            _wait(ask, "rollout", "status", namespace, f"deployment/{name}")


def _mark_read(place: Place, unread: Iterable[Unread], users: Collection[str], ask: Kubectl) -> None:
    secrets = sorted({f"secret/{one.secret}" for one in unread if one.user in users})
    # Not by `store`: its values were read before the first restart, and may be old by now.
    _unseen(
        place, ask, "annotate", f"--namespace={place.namespace}", *secrets, *(f"{UNREAD}{u}-" for u in sorted(users))
    )


def _wait(ask: Kubectl, *words: str) -> None:
    ask(*words, f"--timeout={ROLLOUT_SECONDS}s", timeout=ROLLOUT_SECONDS + 30)
