"""The only place that prints: results on stdout, talk on stderr. Neither hinders the work (`infra.streams`)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

import click
from rich.console import Console, RenderableType

from infra import streams
from infra.errors import LabError

Step = TypeVar("Step")
Verb = TypeVar("Verb", bound=Callable[..., object] | click.Command)
_AWAITED: Final = "infra.console.json"  # of click's meta

talk = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell the person at the terminal something; never part of a command's result."""
    talk.print(text, markup=False)


def result(text: str) -> None:
    """Print what the command was run for, so that another program can read it.

    Where it cannot be written the work goes on, and `delivered` tells it at the end.
    """
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def delivered() -> Iterator[None]:
    """Make a failure of it, once the work is done, that standard output did not take the whole result.

    That nobody reads on, as behind `head`, is said by the status alone: whoever arranged it knows.
    """
    try:
        yield
    except SystemExit:
        sys.stdout.flush()
        refusal = streams.refused()
        if refusal is None:
            raise
        if not isinstance(refusal, BrokenPipeError):
            say(f"stdout: cannot be written ({refusal.strerror}); make room, or let it lead elsewhere")
        sys.exit(1)


def agree() -> None:
    """Ask whether to go on.

    Raises:
        click.Abort: the answer is no, or the command was stopped meanwhile.
        LabError: there is nobody to ask: stdin is closed, at its end, or cannot be read, as under `nohup`.

    """
    answered = False
    try:
        yes = click.confirm("Go on?", err=True)
        answered = True
    except (click.Abort, OSError) as error:
        if sys.stdin.isatty() or isinstance(error.__context__, KeyboardInterrupt):
            raise click.Abort from None
        message = "Go on? Nobody answers here; --yes goes on without the question"
        raise LabError(message) from None
    finally:
        if not (answered and sys.stdin.isatty()):
            say("")  # only a person's own Enter ends the line of the question
    if not yes:
        raise click.Abort


def json_option(about: str) -> Callable[[Verb], Verb]:
    """Make the option by which a program asks for a verb's result as JSON; by `failed` it has a failure so, too."""
    return click.option("--json", "machine_readable", is_flag=True, help=about, callback=_noted)


def _noted(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - as click calls it
    context.meta[_AWAITED] = value
    return value


def answered() -> None:
    """Remember that the result is printed: what fails after it is no second one."""
    click.get_current_context().meta[_AWAITED] = False


def failed(error: Exception) -> None:
    """Give a failure to a program that waits for a result as JSON, and has none yet."""
    if click.get_current_context().meta.get(_AWAITED):
        with suppress(LabError, OSError):  # the failure itself is told on stderr, whatever stdout takes
            result(json.dumps({"error": str(error)}, indent=2))


def show(picture: RenderableType) -> None:
    """Draw a table or a picture of text for the person at the terminal."""
    talk.print(picture)


def progress(steps: Sequence[Step], about: str) -> Iterable[Step]:
    """Go through steps and show at a terminal how many are done."""
    from rich.progress import track  # noqa: PLC0415 - 0.1 s that most verbs do not need

    return track(steps, about, console=talk, transient=True, disable=not talk.is_terminal)


@contextmanager
def doing(what: str, seconds: float) -> Iterator[None]:
    """Show what is being done, since when, and how long that takes by an estimate; afterwards, how long it took."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - as above

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    estimate = TextColumn(f"estimated {_time(seconds)}")
    begin = time.monotonic()
    with Progress(*columns, estimate, console=talk, transient=True, disable=not talk.is_terminal) as shown:
        shown.add_task(what, total=None)
        yield
    say(f"{_time(time.monotonic() - begin):>7}  {what}")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
