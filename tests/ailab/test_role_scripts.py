"""The scripts of the container that keeps roles, run with a stand-in for PostgreSQL's clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Completed, run

SCRIPT = ROOT / "constructs" / "ailab" / "scripts" / "kept.sh"


def _kept(folder: Path, psql: str, *roles: str) -> Completed:
    """Run it where psql does this; what it was asked is in the folder."""
    program = folder / "psql"
    program.write_text(f'#!/bin/bash\nprintf "%s\\n" "$PGHOST" "$@" > {folder}/asked\n{psql}\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    return run(["bash", SCRIPT, *roles], env=environment, timeout=60, check=False)


def test_the_keeper_is_well_where_the_server_misses_none_of_the_roles(tmp_path: Path) -> None:
    assert _kept(tmp_path, "", "litellm", "phoenix") == Completed(0, "", "")
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert (asked[0], asked[-1]) == ("127.0.0.1", "--set=roles=litellm phoenix")


def test_the_keeper_is_started_again_where_the_server_misses_a_role(tmp_path: Path) -> None:
    done = _kept(tmp_path, "printf 'litellm\\nphoenix\\n'", "litellm", "openwebui", "phoenix")
    assert done == Completed(1, "gone: the role or the database of litellm, phoenix\n", "")


@pytest.mark.parametrize("psql", ["exit 2", "exit 3", "sleep 60"], ids=["no server", "a query fails", "a query hangs"])
def test_the_keeper_is_not_started_again_where_the_server_does_not_answer(tmp_path: Path, psql: str) -> None:
    assert _kept(tmp_path, psql, "litellm").status == 0


@pytest.mark.parametrize("status", [1, 126, 127])
def test_a_probe_that_cannot_ask_does_not_say_that_all_is_well(tmp_path: Path, status: int) -> None:
    assert _kept(tmp_path, f"exit {status}", "litellm").status == status
