"""`./lab secrets`: make, show and change the values of the table in `ailab.secrets`. They live in the cluster alone."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

import click

from ailab.secrets import DATABASES, TABLE, Origin, SecretKey
from ailab.spec import LabSpec
from ailab.spec.lab import Feature
from infra import rotation
from infra.console import result, say
from infra.env_file import lines_of
from infra.errors import LabError
from infra.kubectl import kubectl, require_cluster
from infra.labs import DIST, LAB_OPTION, ROOT, one_lab, shortest
from infra.secret_store import Place, Stored, fill, generate, read, restart, store

ENV_FILE = ROOT / ".env"  # wherever the command is given: .env.example, which it is copied from, is there
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


def given(file: Path | None) -> dict[SecretKey, str]:
    """Take the owner's values from a file, or from ENV_FILE where there is one, and from the environment, which wins.

    An empty value takes a key back.

    Raises:
        LabError: the file is no text, has a line that gives nothing, or gives what no program reads; a URL is none.

    """
    path = file or shortest(ENV_FILE)
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
    for line in lines_of(path):
        if line.key is None:
            continue  # empty, or a comment
        if line.key not in known and (near := difflib.get_close_matches(line.key, known, n=1, cutoff=ALIKE)):
            where = f"{path}: line {line.original.line}"
            message = f"{where}: no program reads {line.key}; did you mean {near[0]}?"
            raise LabError(message)
        values[line.key] = line.value or ""
    return values


@click.group()
def secrets() -> None:
    """Make, show and change secrets. KUBECONFIG says which cluster."""


NAMESPACE = click.option("--namespace", help="Namespace of a lab that is composed in Python and so has no file.")


def _place(lab_name: str | None, namespace: str | None) -> tuple[Place, LabSpec | None]:
    """Find out which lab is meant; one that is composed in Python has no spec.

    Raises:
        LabError: there is none, several are there and none is named, or two are named.
        SpecError: the lab's file has faults.

    """
    if namespace and lab_name:
        message = "--namespace: is for a lab without a file, and --lab names one with a file; give one of the two"
        raise LabError(message)
    if namespace:
        return Place(namespace, namespace), None
    spec = one_lab(lab_name)
    return Place(spec.namespace, spec.name), spec


@secrets.command()
@LAB_OPTION
@NAMESPACE
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What only you can give (.env.example); the project's .env where there is one.",
)
def apply(lab_name: str | None, namespace: str | None, env_file: Path | None) -> None:
    """Generate what is missing, take over what is given, keep everything else."""
    place, spec = _place(lab_name, namespace)
    owners = given(env_file)
    require_cluster()
    if spec:
        kubectl("apply", f"--filename={DIST / spec.name / '00-namespace.yaml'}")
    filled = fill(place, owners)
    now = filled.now
    say(f"generated: {filled.made}; given values changed: {filled.changed}; in the cluster now: {len(now.values)}")
    for row in awaited(spec) if spec else ():
        if row not in now.values:
            say(f"{row.variable}: not given yet; {', '.join(row.users)} waits for it, see .env.example")
    _tell_unended(now)
    restart(place, now.unread)


@secrets.command(name="show")
@LAB_OPTION
@NAMESPACE
@click.argument("name", required=False)
def show_secret(lab_name: str | None, namespace: str | None, name: str | None) -> None:
    """List the secrets, or print the value of NAME alone."""
    place, _ = _place(lab_name, namespace)
    row = find(name) if name else None
    require_cluster()
    stored = read(place)
    values = stored.values
    _tell_unended(stored)
    if row is None:
        for row in TABLE:
            result(f"{identity(row):40} {row.origin.value:10} {'is there' if row in values else 'is absent'}")
        return
    if row not in values:
        message = f"{name}: not in the cluster; ./lab secrets apply makes what is generated and takes what is given"
        raise LabError(message)
    result(values[row])


@secrets.command()
@LAB_OPTION
@NAMESPACE
@click.argument("name")
def rotate(lab_name: str | None, namespace: str | None, name: str) -> None:
    """Replace the value of NAME; what uses it restarts, or is told. The old value stops to work."""
    place, _ = _place(lab_name, namespace)
    row = find(name)
    if row.origin is Origin.GIVEN:
        message = f"{name}: is given, not generated; put the new value into .env and run ./lab secrets apply"
        raise LabError(message)
    if row.why_not_rotated:
        message = f"{name}: is not rotated: {row.why_not_rotated}"
        raise LabError(message)
    require_cluster()
    stored = read(place)
    if row not in stored.values:
        message = f"{name}: not in the cluster; ./lab secrets apply makes it"
        raise LabError(message)
    if row.kept_by_program:
        rotation.exchange(place, row, stored)
    else:
        stored = stored.changed({**stored.values, row: generate(row)}, [row])
        store(place, stored)
    restart(place, stored.unread)
    say(f"{name} has a new value")


def _tell_unended(stored: Stored) -> None:
    for name in map(identity, stored.pending):
        say(f"{name}: its rotation has not ended, so that another value may work; ./lab secrets rotate {name} ends it")
