"""PostgreSQL in a restricted pod of a real node: what its image promises about an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from testnode.launch import Plan
from testnode.node import Node, running_node
from testnode.patience import until
from testnode.programs.postgres import postgres

pytestmark = pytest.mark.node

NODE = 4  # beside the tests' other nodes and a person's
NAMESPACE = "postgres-test"
MANIFEST = Path(__file__).parent / "manifests/postgres.yaml"


@dataclass(frozen=True)
class Database:
    """The pod's server."""

    node: Node

    def execute(self, *words: str) -> str:
        """Run a program in the pod."""
        inside = ("--namespace", NAMESPACE, "exec", "postgres", "--", *words)
        return self.node.kubectl(*inside).stdout.rstrip("\n")

    def sql(self, query: str, *words: str) -> str:
        """Ask over the socket, or as `words` say."""
        return self.execute("psql", "-U", "owner", "-d", "lab", "-At", *words, "-c", query)

    def wait(self) -> None:
        ready = ("wait", "pod/postgres", "--for=condition=Ready", "--timeout=120s")
        self.node.kubectl("--namespace", NAMESPACE, *ready, timeout=130)

    def restarts(self) -> str:
        counted = "jsonpath={.status.containerStatuses[0].restartCount}"
        return self.node.kubectl("--namespace", NAMESPACE, "get", "pod", "postgres", "-o", counted).stdout


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    images = {"docker.io/library/postgres:18.6": postgres().stand_in}
    with running_node(Plan(images=images), NODE) as node:
        node.kubectl("apply", "-f", MANIFEST)
        database = Database(node)
        database.wait()
        yield database


def test_scripts_fill_an_empty_database_while_only_the_socket_answers(database: Database) -> None:
    assert database.sql("SELECT name, value FROM told").splitlines() == [
        "user|owner",
        "port|127.0.0.1:5432 - no response",
        "socket|/var/run/postgresql:5432 - accepting connections",
        "database|lab",
    ]


def test_the_server_is_of_the_images_version_and_takes_its_arguments(database: Database) -> None:
    assert database.sql("SHOW server_version") == "18.6"
    assert database.sql("SHOW max_connections") == "7"


def test_the_network_is_asked_for_the_password_of_the_file(database: Database) -> None:
    # The image trusts the pod's own loopback, so ask by the pod's address.
    asked = "psql -h $(hostname -i) -U owner -d lab --no-password -Atc 'SELECT 1'"
    assert database.execute("bash", "-c", f"{asked} 2>&1 || true").endswith("no password supplied")
    assert database.execute("bash", "-c", f"PGPASSWORD=$(</run/password/password) {asked}") == "1"


def test_data_is_kept_and_scripts_do_not_run_again_when_the_server_restarts(database: Database) -> None:
    before = database.restarts()
    database.execute("bash", "-c", "kill -INT 1")
    until(lambda: database.restarts() != before, 60, "the container was started again")
    database.wait()
    assert database.sql("SELECT count(*) FROM told") == "4"


def test_the_data_belongs_to_the_images_user_alone(database: Database) -> None:
    assert database.execute("stat", "--format=%U %a", "/var/lib/postgresql/18/docker") == "postgres 700"
