#!/usr/bin/env python3
"""Stands in for the command `prisma` that LiteLLM runs when it starts, with psql for the migration engine.

Runs inside the stand-in image, with the standard library only. Knows what LiteLLM asks for:

- `prisma migrate deploy` applies the migrations below the working folder that the database does not have,
  all or none;
- `prisma migrate diff` finds no difference, since nothing else than migrations changes this database;
- `prisma --version`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

LEDGER = """
SELECT pg_advisory_xact_lock(72707369) \\g /dev/null
CREATE TABLE IF NOT EXISTS "_prisma_migrations" (migration_name text PRIMARY KEY, finished_at timestamptz);
"""
MIGRATION = """
SELECT NOT EXISTS (SELECT FROM "_prisma_migrations" WHERE migration_name = '{name}') AS pending \\gset
\\if :pending
{sql}
INSERT INTO "_prisma_migrations" VALUES ('{name}', now());
\\endif
"""
# LiteLLM compares the tables with its schema unless it hears these words, which takes the engine.
DONE = "\\echo No pending migrations to apply.\n"


def main(words: list[str]) -> None:
    """Do what the words say, or end with a status that says that they are not known."""
    match words:
        case ["--version"]:
            sys.stdout.write("prisma, stood in for by psql\n")
        case ["migrate", "deploy"]:
            become_psql(deployment(Path("migrations")))
        case ["migrate", "diff", *_]:
            pass
        case _:
            sys.exit(f"prisma: {' '.join(words)} is not known to this stand-in")


def deployment(folder: Path) -> str:
    """Return the SQL that applies the folder's migrations in the order of their names."""
    steps = [
        # An index is built concurrently so as not to lock a table in use, which no transaction may do.
        MIGRATION.format(name=path.parent.name, sql=path.read_text().replace("INDEX CONCURRENTLY", "INDEX"))
        for path in sorted(folder.glob("*/migration.sql"))
    ]
    return LEDGER + "".join(steps) + DONE


def become_psql(script: str) -> None:
    """Replace this process by psql, which reads the script; the password is not among its words."""
    url = urlsplit(os.environ["DATABASE_URL"])
    connection = {
        "PGHOST": url.hostname or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": unquote(url.username or ""),
        "PGPASSWORD": unquote(url.password or ""),
        "PGDATABASE": unquote(url.path.lstrip("/")),
        "PGCONNECT_TIMEOUT": "5",
        "PGOPTIONS": "-c client_min_messages=warning",
    }
    content = os.memfd_create("migrations")
    os.write(content, script.encode())
    os.lseek(content, 0, os.SEEK_SET)
    os.dup2(content, sys.stdin.fileno())
    psql = ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file", "-"]
    os.execvpe(psql[0], psql, {**os.environ, **connection})  # noqa: S606 - a list of words, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
