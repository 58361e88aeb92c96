"""Dumps: what was destroyed comes back as it was, by the operator's two commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

import neo4j
import pytest

from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened
from tests.cluster.test_traces import ask

pytestmark = [pytest.mark.proves(2), pytest.mark.long]

WORD: Final = "kept"
DATABASES: Final = ("litellm", "openwebui", "phoenix")
OWNERS: Final = "select datname, pg_get_userbyid(datdba) from pg_database order by 1"
TABLES: Final = "select tablename, tableowner from pg_tables order by 1"
USERS: Final = 'select id, email, role, created_at from "user" order by 1'
REMEMBERED: Final = "MATCH (n:Remembered) RETURN n.name AS name ORDER BY n.name"


def _newest(lab: RunningLab, database: str) -> str:
    """Name the last dump of a database; they are listed the oldest first."""
    return lab.command("restore", database).stdout.splitlines()[-1].split()[1]


@dataclass(frozen=True)
class Kept:
    """What there was when it was dumped, and the names of the dumps."""

    contents: Mapping[str, list[list[str]]]
    postgres: str
    neo4j: str


@dataclass(frozen=True)
class Graph:
    """The way to a graph whose server is replaced meanwhile."""

    url: str
    password: str = field(repr=False)

    def asked(self, query: str) -> list[list[str]]:
        """Run one query over a connection of its own.

        A connection that a deleted pod left open is never closed: nobody is there to say so.
        """
        with neo4j.GraphDatabase.driver(self.url, auth=("neo4j", self.password)) as driver:
            records, _, _ = driver.execute_query(query)
        return [list(record.values()) for record in records]


@pytest.fixture(scope="module")
def graph(lab: RunningLab) -> Iterator[Graph]:
    """Give a way to the graph that outlives its pod."""
    with opened(lab, "neo4j", 7687) as address:
        yield Graph(f"bolt://{address}", lab.secret("neo4j/password"))


@pytest.fixture(scope="module")
def kept(lab: RunningLab, graph: Graph) -> Iterator[Kept]:
    """Dump databases that hold a word of ours."""
    with ExitStack() as ends:
        ends.callback(graph.asked, "MATCH (n:Remembered) DELETE n")
        ends.callback(lab.sql, "litellm", "drop table if exists remembered")
        lab.sql("litellm", f"create table if not exists remembered as select '{WORD}' as name")
        graph.asked(f"MERGE (n:Remembered {{name: '{WORD}'}})")
        contents = _contents(lab)
        lab.command("backup")
        yield Kept(contents, _newest(lab, "postgres"), _newest(lab, "neo4j"))


def _contents(lab: RunningLab) -> Mapping[str, list[list[str]]]:
    """Read who owns what, and what does not change while nobody uses the lab."""
    tables = {name: lab.sql(name, TABLES) for name in DATABASES}
    return {"databases": lab.sql("postgres", OWNERS), "users": lab.sql("openwebui", USERS), **tables}


@pytest.mark.proves(3, "postgres-dumps", "postgres-dumps -> postgres:5432")
def test_dropped_databases_come_back_with_what_was_in_them(lab: RunningLab, kept: Kept) -> None:
    lab.sql("litellm", "insert into remembered values ('written after the dump')")
    for name in DATABASES[1:]:
        lab.sql("postgres", f"drop database {name} with (force)")
    asked = lab.command("restore", "postgres", kept.postgres, check=False)
    assert (asked.status, "replaces litellm, openwebui, phoenix in postgres" in asked.stderr) == (1, True)
    assert len(lab.sql("litellm", "select name from remembered")) == 2

    lab.command("restore", "postgres", kept.postgres, "--yes")
    assert _contents(lab) == kept.contents
    assert lab.sql("litellm", "select name from remembered") == [[WORD]]


def test_after_a_restore_people_and_programs_go_on_with_what_they_had(lab: RunningLab) -> None:
    assert lab.token() != ""
    assert ask(lab, "Are you there again?").content == ANSWER


def test_nobody_else_may_connect_to_a_restored_database(lab: RunningLab) -> None:
    can = "datallowconn and has_database_privilege('phoenix', datname, 'connect')"
    allowed = lab.sql("postgres", f"select datname from pg_database where {can} order by 1")  # noqa: S608 - our own words
    assert allowed == [["phoenix"], ["postgres"], ["template1"]]


def test_a_deleted_graph_comes_back(lab: RunningLab, graph: Graph, kept: Kept) -> None:
    graph.asked("MATCH (n) DETACH DELETE n")
    assert graph.asked(REMEMBERED) == []
    lab.command("restore", "neo4j", kept.neo4j, "--yes")
    assert graph.asked(REMEMBERED) == [[WORD]]


def test_a_dump_that_is_not_there_takes_nothing_away(lab: RunningLab) -> None:
    before = _contents(lab)
    done = lab.command("restore", "postgres", "2001-01-01T00-00-00Z", "--yes", check=False)
    assert done.stderr.startswith("2001-01-01T00-00-00Z: postgres has no such dump")
    assert (done.status, _contents(lab)) == (1, before)
