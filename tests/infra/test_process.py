"""Running other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.process import Child, CommandError, Completed, run, start

PYTHON = Path(sys.executable)


def _run(program: str, **options: object) -> Completed:
    return run([PYTHON, "-c", program], timeout=30, **options)  # type: ignore[arg-type]


def test_a_command_gives_its_status_and_both_outputs() -> None:
    program = "import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(3)"
    assert _run(program, check=False) == Completed(3, "out", "err")


@pytest.mark.parametrize(("stdin", "read"), [("ä", "ä"), (b"b", "b"), (None, "")])
def test_a_command_reads_what_it_is_given_and_never_the_terminal(stdin: str | bytes | None, read: str) -> None:
    program = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    assert _run(program, stdin=stdin).stdout == read


def test_variables_come_on_top_of_the_own_ones(tmp_path: Path) -> None:
    program = "import os; os.write(1, (os.environ['EXTRA'] + str('PATH' in os.environ) + os.getcwd()).encode())"
    assert _run(program, env={"EXTRA": "x"}, cwd=tmp_path).stdout == f"xTrue{tmp_path}"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('what was wrong')", "ended with status 1: what was wrong"),
        ("import sys; sys.stdout.write('canary'); sys.exit(4)", "ended with status 4"),
        ("import sys; sys.stdout.write('canary'); sys.exit('what was wrong')", "ended with status 1: what was wrong"),
    ],
)
def test_a_failure_says_which_program_and_what_it_said_last(program: str, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        _run(program)
    assert str(caught.value) == f"{PYTHON}: {message}"


def test_a_command_out_of_time_is_killed_and_told() -> None:
    with pytest.raises(CommandError) as caught:
        run([PYTHON, "-c", "import time; time.sleep(60)"], timeout=0.2)
    assert str(caught.value) == f"{PYTHON}: not finished after 0.2 s"


@pytest.mark.parametrize("end", ["sys.exit(1)", "time.sleep(60)"], ids=["failed", "out of time"])
def test_nothing_that_a_command_printed_is_in_its_failure_or_behind_it(end: str) -> None:
    program = f"import sys, time; sys.stdout.write('canary'); sys.stdout.flush(); {end}"
    with pytest.raises(CommandError) as caught:
        run([PYTHON, "-c", program], timeout=2)
    assert "canary" not in f"{caught.value} {vars(caught.value)}"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"/lost: program not found; install it or put it on PATH$"):
        run([tmp_path / "lost"], timeout=1)


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").touch()
    with pytest.raises(CommandError, match=r"/text: cannot be run: Permission denied$"):
        run([tmp_path / "text"], timeout=1)


def test_a_started_command_has_a_session_and_a_log_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child"
    program = (
        "import os; os.write(1, f'{os.getsid(0) == os.getpid()} '.encode()); os.write(2, os.environ['X'].encode())"
    )
    for _ in range(2):
        child: Child = start([PYTHON, "-c", program], log=log, env={"X": "end\n"})
        assert child.wait(timeout=30) == 0
    assert log.read_text(encoding="utf-8") == "True end\nTrue end\n"


@pytest.mark.needs("sh")
def test_a_process_becomes_another_program() -> None:
    become = "from infra.process import replace; replace(['sh', '-c', 'echo $X'], env={'X': 'became'})"
    assert _run(become, cwd=Path(__file__).parents[2]).stdout == "became\n"
