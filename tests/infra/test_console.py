"""What a person at a terminal sees of work that takes a while."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from infra import console


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    written = StringIO()
    monkeypatch.setattr(console, "talk", Console(file=written, force_terminal=True, highlight=False, width=80))
    return written


def test_work_is_shown_with_its_estimated_time_and_then_with_its_own(terminal: StringIO) -> None:
    with console.doing("droplet [red]1", 90):
        pass
    lines = terminal.getvalue().splitlines()
    assert any("estimated 1 min 30 s" in line for line in lines[:-1])
    assert lines[-1].endswith("    0 s  droplet [red]1")


def test_work_that_fails_is_not_said_to_be_done(terminal: StringIO) -> None:
    with pytest.raises(KeyError), console.doing("droplet 1", 90):
        raise KeyError
    assert "0 s  droplet 1" not in terminal.getvalue()
