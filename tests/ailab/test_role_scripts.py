"""The script of the container that keeps roles, with stand-ins for PostgreSQL's clients and the time between."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Completed, run
from tests.ailab.scene import Scene, pod

SCRIPT = ROOT / "constructs" / "ailab" / "scripts" / "roles.sh"
# What psql is asked about roles it answers in order, one answer a time; what it is told of a role it writes down.
PSQL = """
text=$(cat)
case $text in
  *string_to_table*) n=$(cat {folder}/asked); echo $((n + 1)) > {folder}/asked; sh {folder}/answer-$n ;;
  *CREATE*) echo "${{@: -1}} $PASSWORD" >> {folder}/told; [ ! -e {folder}/refuses ] ;;
esac
"""
# Ends the script when all answers were given.
SLEEP = "[ -e {folder}/answer-$(cat {folder}/asked) ] || kill -TERM $PPID\n"


def _keep(folder: Path, answers: Sequence[str], *, refuses: bool = False) -> Completed:
    """Run it for two roles, as long as there are answers."""
    for name, text in (("psql", PSQL), ("sleep", SLEEP), ("pg_isready", "")):
        program = folder / name
        program.write_text("#!/bin/bash\n" + text.format(folder=folder), encoding="utf-8")
        program.chmod(0o755)
    for number, answer in enumerate(answers):
        (folder / f"answer-{number}").write_text(answer, encoding="utf-8")
    (folder / "asked").write_text("0", encoding="utf-8")
    if refuses:
        (folder / "refuses").touch()
    passwords = {"PGPASSWORD": "s", "PASSWORD_litellm": "l", "PASSWORD_phoenix": "p"}
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "TMPDIR": str(folder), **passwords}
    return run(["bash", SCRIPT, "litellm", "phoenix"], env=environment, timeout=60, check=False)


def _told(folder: Path) -> list[str]:
    return (folder / "told").read_text(encoding="utf-8").splitlines()


BOTH = ["--set=role=litellm l", "--set=role=phoenix p"]
THERE = "role and database litellm are there\nrole and database phoenix are there\n"


def test_each_role_is_brought_once_where_none_is_taken_away(tmp_path: Path) -> None:
    assert _keep(tmp_path, ["", "", ""]) == Completed(0, THERE, "")
    assert _told(tmp_path) == BOTH
    assert (tmp_path / "roles-are-there").exists()


def test_a_role_that_is_gone_twice_is_brought_again(tmp_path: Path) -> None:
    done = _keep(tmp_path, ["echo phoenix", "echo phoenix", ""])
    again = "gone: the role or the database of phoenix\nrole and database phoenix are there\n"
    assert done == Completed(0, THERE + again, "")
    assert _told(tmp_path) == [*BOTH, BOTH[1]]


def test_a_database_that_a_restore_puts_another_in_the_place_of_is_left_to_it(tmp_path: Path) -> None:
    _keep(tmp_path, ["echo phoenix", "", "echo litellm", ""])
    assert _told(tmp_path) == BOTH


@pytest.mark.parametrize("answer", ["exit 2", "exit 3"], ids=["no server", "a query fails"])
def test_a_server_that_does_not_answer_ends_nothing_and_has_nothing_changed(tmp_path: Path, answer: str) -> None:
    silent = "the server does not say which roles are there\n"
    assert _keep(tmp_path, [answer, answer]) == Completed(0, THERE + 2 * silent, "")
    assert _told(tmp_path) == BOTH
    assert (tmp_path / "roles-are-there").exists()


def test_a_role_that_cannot_be_brought_again_is_tried_again_and_ends_nothing(tmp_path: Path) -> None:
    gone = f"touch {tmp_path}/refuses; echo litellm"
    done = _keep(tmp_path, [gone, gone, gone])
    tried = "gone: the role or the database of litellm\nnot brought again; the next try is in 15 s\n"
    assert done == Completed(0, THERE + 2 * tried, "")
    assert (tmp_path / "roles-are-there").exists()


@pytest.mark.parametrize(("age", "status"), [(0, 0), (9, 0), (11, 1)])
def test_a_keeper_that_has_asked_nothing_for_ten_minutes_counts_as_stuck(
    tmp_path: Path, scene: Scene, age: int, status: int
) -> None:
    scene.chat().stores_in(scene.postgres())
    keeper = pod(scene.objects(), "Deployment/postgres")["containers"][1]
    asked = tmp_path / "roles-were-asked-for"
    asked.touch()
    os.utime(asked, (time.time() - age * 60,) * 2)
    command = [word.replace("/tmp/", f"{tmp_path}/") for word in keeper["livenessProbe"]["exec"]["command"]]  # noqa: S108
    assert run(command, timeout=60, check=False).status == status


def test_a_role_that_cannot_be_brought_at_the_start_ends_it_unready(tmp_path: Path) -> None:
    assert _keep(tmp_path, [""], refuses=True) == Completed(1, "", "")
    assert not (tmp_path / "roles-are-there").exists()
