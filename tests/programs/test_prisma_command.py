"""The command `prisma` of the stand-in for LiteLLM, with a psql that only tells what it got."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from infra import process
from infra.process import Completed
from testnode.programs.entrypoints import prisma

SCRIPT = Path(prisma.__file__)
TELLING_PSQL = f"""#!{sys.executable}
import json, os, sys
variables = {{name: value for name, value in os.environ.items() if name.startswith("PG")}}
print(json.dumps({{"words": sys.argv[1:], "variables": variables, "script": sys.stdin.read()}}))
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """Give a folder as LiteLLM's, with a name that has a space as one of LiteLLM's has."""
    for name, sql in (
        ("2_index me", 'CREATE INDEX CONCURRENTLY i ON "T"(a);'),
        ("1_table", 'CREATE TABLE "T"(a int);'),
    ):
        (tmp_path / "migrations" / name).mkdir(parents=True)
        (tmp_path / "migrations" / name / "migration.sql").write_text(sql)
    return tmp_path


def run(folder: Path, *words: str, url: str = "postgresql://me@db/lab") -> Completed:
    psql = folder / "bin/psql"
    psql.parent.mkdir(exist_ok=True)
    psql.write_text(TELLING_PSQL)
    psql.chmod(0o755)
    env = {"PATH": str(psql.parent), "DATABASE_URL": url}
    return process.run([sys.executable, SCRIPT, *words], timeout=20, env=env, cwd=folder, check=False)


def test_migrations_are_applied_by_name_once_and_none_outside_the_transaction(migrations: Path) -> None:
    told = json.loads(run(migrations, "migrate", "deploy").stdout)
    begun = [line for line in told["script"].splitlines() if line.startswith(('CREATE TABLE "T', "CREATE INDEX"))]
    assert begun == ['CREATE TABLE "T"(a int);', 'CREATE INDEX i ON "T"(a);']
    assert "migration_name = '1_table') AS pending" in told["script"]
    assert told["script"].endswith("\\echo No pending migrations to apply.\n")
    assert told["words"] == [
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set",
        "ON_ERROR_STOP=1",
        "--file",
        "-",
    ]


def test_a_prisma_url_becomes_a_connection_and_no_argument(migrations: Path) -> None:
    url = "postgresql://li%40te:p%2Fw@db.example:5433/lite%20llm?connection_limit=10&pool_timeout=60"
    told = json.loads(run(migrations, "migrate", "deploy", url=url).stdout)
    assert told["variables"] == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "li@te",
        "PGPASSWORD": "p/w",
        "PGDATABASE": "lite llm",
        "PGCONNECT_TIMEOUT": "5",
        "PGOPTIONS": "-c client_min_messages=warning",
    }


def test_no_difference_is_ever_found(migrations: Path) -> None:
    asked = ("migrate", "diff", "--from-url", "x", "--to-schema-datamodel", "./schema.prisma", "--script")
    assert run(migrations, *asked) == Completed(0, "", "")


def test_what_litellm_does_not_ask_for_is_refused(migrations: Path) -> None:
    assert run(migrations, "db", "push") == Completed(1, "", "prisma: db push is not known to this stand-in\n")
