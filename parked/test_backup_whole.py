"""Dumps: what was destroyed comes back as it was, by the operator's two commands."""

from __future__ import annotations

import json

import pytest

from tests.cluster.running import RunningLab

pytestmark = pytest.mark.proves(2)

WORD = "kept"
ROWS = "select name from remembered order by name"
NODES = "MATCH (n:Remembered) RETURN n.name ORDER BY n.name"


def _dumps(lab: RunningLab, database: str) -> list[str]:
    """List the names of a database's dumps, the oldest first."""
    return [line.split()[1] for line in lab.command("restore", database).stdout.splitlines()]


def _graph(lab: RunningLab, statement: str) -> list[list[str]]:
    """Ask Neo4j over HTTP, from its own pod; the password goes by stdin."""
    body = json.dumps(json.dumps({"statement": statement}))
    url = "http://127.0.0.1:7474/db/neo4j/query/v2"
    config = (
        f'user = "neo4j:{lab.secret("neo4j/password")}"\nheader = "Content-Type: application/json"\ndata = {body}\n'
    )
    words = ("exec", "-i", "deployment/neo4j", "-c", "neo4j", "--", "curl", "-sS", "--fail-with-body", "--config", "-")
    answer: dict[str, dict[str, list[list[str]]]] = json.loads(lab.kubectl(*words, url, stdin=config))
    return answer["data"]["values"]


def test_dropped_databases_come_back_with_what_was_in_them(lab: RunningLab) -> None:
    lab.sql("litellm", f"create table if not exists remembered as select '{WORD}' as name")
    owners = lab.sql("postgres", "select datname, pg_get_userbyid(datdba) from pg_database order by 1")
    tables = lab.sql("openwebui", "select tablename, tableowner from pg_tables order by 1")
    lab.command("backup")
    newest = _dumps(lab, "postgres")[-1]

    lab.sql("litellm", "insert into remembered values ('written after the dump')")
    lab.sql("postgres", "drop database openwebui with (force)")
    asked = lab.command("restore", "postgres", newest, check=False)
    assert (asked.status, "replaces litellm, openwebui, phoenix in postgres" in asked.stderr) == (1, True)
    lab.command("restore", "postgres", newest, "--yes")

    assert lab.sql("litellm", ROWS) == [[WORD]]
    assert lab.sql("openwebui", "select tablename, tableowner from pg_tables order by 1") == tables
    assert lab.sql("postgres", "select datname, pg_get_userbyid(datdba) from pg_database order by 1") == owners
    lab.sql("litellm", "drop table remembered")


def test_nobody_else_may_connect_to_a_restored_database(lab: RunningLab) -> None:
    public = "select datname from pg_database where has_database_privilege('phoenix', datname, 'connect') order by 1"
    assert lab.sql("postgres", public) == [["phoenix"], ["postgres"], ["template1"]]


def test_a_deleted_graph_comes_back(lab: RunningLab) -> None:
    _graph(lab, f"MERGE (n:Remembered {{name: '{WORD}'}}) RETURN n.name")
    lab.command("backup")
    newest = _dumps(lab, "neo4j")[-1]
    _graph(lab, "MATCH (n:Remembered) DELETE n")
    assert _graph(lab, NODES) == []
    lab.command("restore", "neo4j", newest, "--yes")
    assert _graph(lab, NODES) == [[WORD]]
    _graph(lab, "MATCH (n:Remembered) DELETE n")


def test_a_dump_that_is_not_there_takes_nothing_away(lab: RunningLab) -> None:
    done = lab.command("restore", "postgres", "2001-01-01T00-00-00Z", "--yes", check=False)
    assert done.stderr.startswith("2001-01-01T00-00-00Z: postgres has no such dump")
    assert lab.sql("litellm", "select 1") == [["1"]]
