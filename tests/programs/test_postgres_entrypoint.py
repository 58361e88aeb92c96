"""The entry script of the stand-in for PostgreSQL, with programs that only tell that they were called."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import process
from infra.process import Completed
from testnode.programs.postgres import ENTRYPOINT

SERVER = ("-c", "max_connections=9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for data, with PostgreSQL's programs before it on the search path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("initdb", "pg_ctl", "createdb", "psql", "postgres"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/calls\n')
        (programs / name).chmod(0o755)
    return tmp_path


def start(folder: Path, *words: str, **variables: str) -> Completed:
    # initdb makes the file that counts as data; its stub does not.
    env = {"PATH": f"{folder}/bin:/usr/bin:/bin", "PGDATA": str(folder / "data"), **variables}
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data/pg_hba.conf").touch()
    return process.run([ENTRYPOINT, *words], timeout=20, env=env, check=False)


def calls(folder: Path) -> list[str]:
    log = folder / "calls"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def test_an_empty_folder_is_filled_by_a_server_without_network_before_the_real_one_starts(folder: Path) -> None:
    started = start(folder, *SERVER, POSTGRES_PASSWORD="secret", POSTGRES_DB="lab")
    assert (started.status, started.stderr) == (0, "")
    assert calls(folder) == ["initdb", "pg_ctl", "createdb", "pg_ctl", "postgres"]
    first, last = (folder / "calls").read_text().splitlines()[1::3]
    assert first == "pg_ctl --wait start --options -c max_connections=9 -c listen_addresses= -p 5432 "
    assert last == "postgres -c max_connections=9"
    assert "secret" not in (folder / "calls").read_text()


def test_data_that_is_there_is_served_as_it_is(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data/PG_VERSION").write_text("18\n")
    assert start(folder, "postgres", *SERVER).status == 0
    assert (folder / "calls").read_text() == "postgres -c max_connections=9\n"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "an empty database needs POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"),
        (
            {"POSTGRES_PASSWORD": "a", "POSTGRES_PASSWORD_FILE": "/b"},
            "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set; give one of them",
        ),
    ],
)
def test_no_database_is_made_without_one_password(folder: Path, variables: dict[str, str], message: str) -> None:
    assert start(folder, *SERVER, **variables) == Completed(1, "", f"docker-entrypoint.sh: {message}\n")
    assert calls(folder) == []


def test_the_password_may_come_from_a_file(folder: Path) -> None:
    (folder / "password").write_text("secret\n")
    assert start(folder, *SERVER, POSTGRES_PASSWORD_FILE=str(folder / "password")).status == 0
    assert calls(folder) == ["initdb", "pg_ctl", "pg_ctl", "postgres"]


def test_any_other_command_runs_in_the_place_of_the_server(folder: Path) -> None:
    assert start(folder, "echo", "hello") == Completed(0, "hello\n", "")
    assert calls(folder) == []
