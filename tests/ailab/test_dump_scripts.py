"""The scripts that dump, run with stand-ins for the databases' tools and a folder for the volume."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Completed, run
from tests.ailab.first_process import only_by_root, told_to_end

SCRIPTS = ROOT / "constructs" / "ailab" / "scripts"
KEEP_DAYS = 3
# A tool that fails has begun to write. It fails for as long as there is what $FULL names, as on a full volume.
FAILS = """\
if [ -n "$FULL" ] && [ -e "$FULL" ]; then
  echo "No space left on device" >&2
  exit 1
fi
"""
# Finds the value of an option among the tool's arguments.
OPTION = """\
for word; do case $word in {option}=*) value=${{word#*=}} ;; esac; done
"""
TOOLS = {
    "pg_isready": '[ -z "$AWAY" ] || { echo "$AWAY"; exit 2; }\n',
    "psql": "printf 'litellm\\nphoenix\\n'\n",
    "pg_dumpall": OPTION.format(option="--file") + 'echo roles > "$value"\n',
    "pg_dump": OPTION.format(option="--file") + 'echo rows > "$value"\n' + FAILS,
    "neo4j-admin": OPTION.format(option="--to-path") + 'echo graph > "$value/neo4j.dump"\n' + FAILS,
    "sync": '[ -z "$BROKEN" ]\n',
    "df": 'if [ -n "$FREE" ]; then printf "Avail\\n%s\\n" "$FREE"; else exec /usr/bin/df "$@"; fi\n',
}
SIZE = 1_000_000
CROWDED = 2 * SIZE  # a folder takes some bytes of its own
ROOMY = 3 * SIZE


class Volume:
    """The dumps of both databases in a folder, and their scripts that work on it."""

    def __init__(self, folder: Path) -> None:
        self.dumps, self._folder = folder / "backups", folder
        graph = folder / "data" / "databases" / "neo4j"
        for made in (self.dumps, graph, folder / "bin"):
            made.mkdir(parents=True)
        for name, text in TOOLS.items():
            program = folder / "bin" / name
            program.write_text(f"#!/bin/bash\n{text}", encoding="utf-8")
            program.chmod(0o755)
        for script in SCRIPTS.glob("*dumps.sh"):
            text = script.read_text(encoding="utf-8")
            text = text.replace("cd /backups", f"cd {self.dumps}").replace("/data/databases/neo4j", str(graph))
            (folder / script.name).write_text(text, encoding="utf-8")

    def has(self, *ages: int) -> list[str]:
        """Have dumps of these ages in days, each of `SIZE` bytes; returns their names."""
        names = []
        for age in ages:
            made = time.time() - age * 24 * 3600
            name = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime(made))
            (self.dumps / name).mkdir()
            (self.dumps / name / "old.dump").write_bytes(bytes(SIZE))
            os.utime(self.dumps / name, (made, made))
            names.append(name)
        return names

    def names(self) -> set[str]:
        """List what is on the volume, by whatever name."""
        return {file.name for file in self.dumps.iterdir()}

    def dump(self, database: str, *, full: str = "", broken: str = "", free: int | None = None) -> Completed:
        """Run a script as its pod does. The tool fails while the volume has what `full` names.

        A volume that is `broken` takes everything, and then cannot write it. `free` are the bytes that it has left.
        """
        variables = {
            "FULL": full and str(self.dumps / full),
            "BROKEN": broken,
            "FREE": "" if free is None else str(free),
        }
        return run(self._words(database), env=self._environment(**variables), timeout=60, check=False)

    def told_to_end(self, database: str, *, away: str) -> int:
        """Tell a script to end that waits for a server which says of itself that it is away; returns its status."""
        log, env = self._folder / "log", self._environment(AWAY=away)
        return told_to_end(self._words(database), log, lambda: away in log.read_text(encoding="utf-8"), env)

    def _words(self, database: str) -> Sequence[str | Path]:
        return ("bash", self._folder / f"{database}_dumps.sh", "dump", str(KEEP_DAYS))

    def _environment(self, **variables: str) -> Mapping[str, str]:
        return {"PATH": f"{self._folder / 'bin'}:/usr/bin:/bin", **variables}


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


@pytest.mark.parametrize(
    ("database", "files"),
    [("postgres", {"litellm.dump", "phoenix.dump", "roles.sql"}), ("neo4j", {"neo4j.dump"})],
)
def test_a_dump_is_a_folder_with_a_file_for_each_database(volume: Volume, database: str, files: set[str]) -> None:
    done = volume.dump(database)
    [name] = volume.names()
    assert (done.status, done.stdout, done.stderr) == (0, f"dumped to {name}\n", "")
    assert {file.name for file in (volume.dumps / name).iterdir()} == files


def test_a_dump_of_postgresql_that_fails_leaves_nothing_and_fails_its_job(volume: Volume) -> None:
    kept = volume.has(1)
    done = volume.dump("postgres", full=".")
    assert (done.status, done.stdout, done.stderr) == (1, "", "No space left on device\n")
    assert volume.names() == set(kept)


def test_a_dump_of_the_graph_that_fails_leaves_nothing_and_lets_the_server_start(volume: Volume) -> None:
    kept = volume.has(1)
    done = volume.dump("neo4j", full=".")
    told = "No space left on device\nNO DUMP: see above; Neo4j starts without one\n"
    assert (done.status, done.stdout, done.stderr) == (0, "", told)
    assert volume.names() == set(kept)


@pytest.mark.parametrize(("database", "status"), [("postgres", 1), ("neo4j", 0)])
def test_a_dump_that_the_volume_does_not_take_gets_no_name(volume: Volume, database: str, status: int) -> None:
    done = volume.dump(database, broken="yes")
    assert (done.status, done.stdout) == (status, "")
    assert volume.names() == set()


@only_by_root
def test_a_dump_that_waits_for_its_server_ends_when_told_to(volume: Volume) -> None:
    kept = volume.has(1)
    assert volume.told_to_end("postgres", away="rejecting connections") == 128 + signal.SIGTERM
    assert volume.names() == set(kept)


@pytest.mark.parametrize("database", ["postgres", "neo4j"])
def test_a_dump_that_was_cut_off_gets_no_name(volume: Volume, database: str) -> None:
    (volume.dumps / ".partial").mkdir()
    (volume.dumps / ".partial" / "cut-off.dump").touch()
    assert volume.dump(database).status == 0
    [name] = volume.names()
    assert not (volume.dumps / name / "cut-off.dump").exists()


@pytest.mark.parametrize("database", ["postgres", "neo4j"])
def test_expired_dumps_are_deleted_and_younger_ones_are_kept(volume: Volume, database: str) -> None:
    kept = volume.has(KEEP_DAYS, 1)
    volume.has(KEEP_DAYS + 1, 30)
    assert volume.dump(database).status == 0
    assert len(volume.names()) == 3
    assert volume.names() >= set(kept)


@pytest.mark.parametrize("database", ["postgres", "neo4j"])
def test_expired_dumps_outlast_a_dump_that_fails(volume: Volume, database: str) -> None:
    kept = volume.has(1, 30, 60)
    volume.dump(database, full=".")
    volume.dump(database, full=".", free=ROOMY)
    volume.dump(database, broken="yes", free=ROOMY)
    assert volume.names() == set(kept)


@pytest.mark.parametrize("database", ["postgres", "neo4j"])
def test_where_it_is_crowded_expired_dumps_make_room_for_the_next_one(volume: Volume, database: str) -> None:
    [expired, kept] = volume.has(30, 1)
    assert volume.dump(database, full=expired, free=CROWDED).status == 0
    assert len(volume.names()) == 2
    assert volume.names() >= {kept}


@pytest.mark.parametrize("database", ["postgres", "neo4j"])
def test_the_newest_dump_outlasts_its_days_until_there_is_another(volume: Volume, database: str) -> None:
    [newest, _] = volume.has(30, 60)
    volume.dump(database, full=".", free=CROWDED)
    assert volume.names() == {newest}
    assert volume.dump(database).status == 0
    assert len(volume.names()) == 1
    assert volume.names() != {newest}
