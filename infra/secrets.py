"""`./lab secrets`: make, show and change the values of the table in `ailab.secrets`. They live in the cluster alone."""

from __future__ import annotations

import base64
import difflib
import json
import os
import re
import secrets as randomness
import time
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path

import click
from dotenv.parser import parse_stream

from ailab.secrets import DATABASES, RESTART_ORDER, TABLE, Form, Origin, SecretKey
from ailab.spec import LabSpec
from ailab.spec.lab import Feature
from infra.console import result, say
from infra.errors import LabError
from infra.kubectl import get, kubectl, require_cluster
from infra.labs import DIST, one_lab

MANAGER = "gpu-lab"
ROLLOUT_SECONDS = 600
# How much a name in .env must be like one of ours to be taken for it. DATABASE_URL, which is for other programs, is at
# 0.75.
ALIKE = 0.77
URL = re.compile(r"postgresql://[^/\s]+/[^/\s]+$")
# What a lab may be without and what stores in PostgreSQL.
STORING = {Feature.CHAT: "open-webui", Feature.OBSERVABILITY: "phoenix"}


def identity(row: SecretKey) -> str:
    """Name a row as people do on the command line."""
    return f"{row.name}/{row.key}"


def find(name: str) -> SecretKey:
    """Look a row up.

    Raises:
        LabError: there is no such row.

    """
    rows = {identity(row): row for row in TABLE}
    if name in rows:
        return rows[name]
    near = difflib.get_close_matches(name, rows, n=1)
    repair = f"did you mean {near[0]}?" if near else "./lab secrets show lists them"
    message = f"{name}: no such secret; {repair}"
    raise LabError(message)


def generate(row: SecretKey) -> str:
    """Make a value of 256 random bits in the form that its reader wants."""
    value = randomness.token_hex(32)
    return f"sk-{value}" if row.form is Form.GATEWAY_KEY else value


def in_cluster(spec: LabSpec) -> dict[SecretKey, str]:
    """Read the values that the cluster has."""
    found = get("secrets", f"--namespace={spec.namespace}")["items"]
    data = {item["metadata"]["name"]: item.get("data", {}) for item in found}
    return {
        row: base64.b64decode(data[row.name][row.key]).decode() for row in TABLE if row.key in data.get(row.name, {})
    }


def given(file: Path | None) -> dict[SecretKey, str]:
    """Take the owner's values from a file, or from .env where there is one, and from the environment, which wins.

    An empty value takes a key back.

    Raises:
        LabError: the file is no text, has a line that gives nothing, or gives what no program reads; a URL is none.

    """
    path = file or Path(".env")
    from_file = _lines(path) if file or path.exists() else {}
    values = {**from_file, **os.environ}
    found = {row: values[row.variable] for row in TABLE if row.origin is Origin.GIVEN and row.variable in values}
    for row in (database.url for database in DATABASES):
        if found.get(row) and not URL.match(found[row]):
            message = f"{row.variable}: is no URL of PostgreSQL; write postgresql://role:password@host:port/database"
            raise LabError(message)
    return found


def awaited(spec: LabSpec) -> list[SecretKey]:
    """List the given values without which programs of the lab do not start."""
    if spec.postgres.existing is None:
        return []
    absent = {name for feature, name in STORING.items() if not spec.has(feature)}
    return [database.url for database in DATABASES if absent.isdisjoint(database.url.users)]


def _lines(path: Path) -> dict[str, str]:
    """Read a .env file. It may hold what other programs read, but a name much like one of ours is a mistyped one."""
    known = [row.variable for row in TABLE if row.origin is Origin.GIVEN]
    values: dict[str, str] = {}
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        message = f"{path}: is not UTF-8; save the file in that encoding"
        raise LabError(message) from None
    for line in parse_stream(StringIO(text)):
        where = f"{path}: line {line.original.line}"
        if line.error:
            message = f"{where}: gives nothing; write NAME=value"
            raise LabError(message)
        if line.key is None:
            continue  # empty, or a comment
        if line.key not in known and (near := difflib.get_close_matches(line.key, known, n=1, cutoff=ALIKE)):
            message = f"{where}: no program reads {line.key}; did you mean {near[0]}?"
            raise LabError(message)
        values[line.key] = line.value or ""
    return values


def store(spec: LabSpec, values: Mapping[SecretKey, str]) -> None:
    """Write all Secrets, whole, so that what is not among the values is taken away."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "namespace": spec.namespace,
                "labels": {"app.kubernetes.io/part-of": spec.name, "app.kubernetes.io/managed-by": MANAGER},
            },
            "data": {
                row.key: base64.b64encode(value.encode()).decode() for row, value in values.items() if row.name == name
            },
        }
        for name in dict.fromkeys(row.name for row in TABLE)
    ]
    # Server-side: the client's way would keep a readable copy of every value in an annotation.
    words = ("apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}", "--filename=-")
    kubectl(*words, stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def restart(spec: LabSpec, rows: Iterable[SecretKey]) -> None:
    """Let whatever uses changed secrets read them, each one ready before the next begins."""
    users = {user for row in rows for user in row.users}
    namespace = f"--namespace={spec.namespace}"
    found = get("deployments,cronjobs", namespace)["items"]
    kinds = {item["metadata"]["name"]: item["kind"] for item in found}
    for name in (name for name in RESTART_ORDER if name in users and name in kinds):
        if kinds[name] == "CronJob":
            say(f"running {name}")
            job = f"{name}-now-{int(time.time())}"
            kubectl("create", "job", namespace, job, f"--from=cronjob/{name}")
            _wait("wait", namespace, f"job/{job}", "--for=condition=Complete")
            kubectl("delete", "job", namespace, job)
        else:
            say(f"restarting {name}")
            kubectl("rollout", "restart", namespace, f"deployment/{name}")
            _wait("rollout", "status", namespace, f"deployment/{name}")


def _wait(*words: str) -> None:
    kubectl(*words, f"--timeout={ROLLOUT_SECONDS}s", timeout=ROLLOUT_SECONDS + 30)


@click.group()
def secrets() -> None:
    """Make, show and change secrets. KUBECONFIG says which cluster."""


LAB = click.option("--lab", "lab_name", help="Name of the lab; needed when there are several.")


@secrets.command()
@LAB
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What only you can give (.env.example); .env where there is one.",
)
def apply(lab_name: str | None, env_file: Path | None) -> None:
    """Generate what is missing, take over what is given, keep everything else."""
    spec = one_lab(lab_name)
    owners = given(env_file)
    require_cluster()
    kubectl("apply", f"--filename={DIST / spec.name / '00-namespace.yaml'}")
    before = in_cluster(spec)
    made = {row: generate(row) for row in TABLE if row.origin is Origin.GENERATED and row not in before}
    after = {row: value for row, value in {**before, **made, **owners}.items() if value}
    store(spec, after)
    changed = [row for row in TABLE if row.origin is Origin.GIVEN and before.get(row) != after.get(row)]
    say(f"generated: {len(made)}; given values changed: {len(changed)}; in the cluster now: {len(after)}")
    for row in awaited(spec):
        if row not in after:
            say(f"{row.variable}: not given yet; {', '.join(row.users)} waits for it, see .env.example")
    if before:  # otherwise nothing has started yet: every program waits for the secrets
        restart(spec, changed)


@secrets.command(name="show")
@LAB
@click.argument("name", required=False)
def show_secret(lab_name: str | None, name: str | None) -> None:
    """List the secrets, or print the value of NAME alone."""
    spec, row = one_lab(lab_name), find(name) if name else None
    require_cluster()
    values = in_cluster(spec)
    if row is None:
        for row in TABLE:
            result(f"{identity(row):40} {row.origin.value:10} {'is there' if row in values else 'is absent'}")
        return
    if row not in values:
        message = f"{name}: not in the cluster; ./lab secrets apply makes what is generated and takes what is given"
        raise LabError(message)
    result(values[row])


@secrets.command()
@LAB
@click.argument("name")
def rotate(lab_name: str | None, name: str) -> None:
    """Replace the value of NAME and restart what uses it; the old value stops to work."""
    spec, row = one_lab(lab_name), find(name)
    if row.origin is Origin.GIVEN:
        message = f"{name}: is given, not generated; put the new value into .env and run ./lab secrets apply"
        raise LabError(message)
    if row.why_not_rotated:
        message = f"{name}: is not rotated: {row.why_not_rotated}"
        raise LabError(message)
    require_cluster()
    values = in_cluster(spec)
    if row not in values:
        message = f"{name}: not in the cluster; ./lab secrets apply makes it"
        raise LabError(message)
    store(spec, {**values, row: generate(row)})
    restart(spec, [row])
    say(f"{name} has a new value")
