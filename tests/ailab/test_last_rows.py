"""What the gateway does before it ends, by a clock that moves while it sleeps alone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence

import pytest

from ailab.scripts import last_rows

QUIET, LIMIT = 20, 60
CONNECTED, AWAY = json.dumps({"db": "connected"}).encode(), json.dumps({"db": "disconnected"}).encode()
Wait = Callable[[Sequence[bytes | None]], float]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Run the script: what the gateway answers each second, the last answer for ever; gives the seconds it took."""

    def waited(answers: Sequence[bytes | None]) -> float:
        seconds = [0]

        def ask(*_: object, **__: object) -> io.BytesIO:
            answer = answers[min(seconds[0], len(answers) - 1)]
            if answer is None:
                raise ConnectionRefusedError
            return io.BytesIO(answer)

        def sleep(_: float) -> None:
            seconds[0] += 1

        monkeypatch.setattr("urllib.request.urlopen", ask)
        monkeypatch.setattr("time.monotonic", lambda: float(seconds[0]))
        monkeypatch.setattr("time.sleep", sleep)
        last_rows.main("http://127.0.0.1:4000", QUIET, LIMIT)
        return seconds[0]

    return waited


def test_a_gateway_with_its_database_goes_on_for_one_period_of_its_writes(wait: Wait) -> None:
    assert wait([CONNECTED]) == QUIET


@pytest.mark.parametrize("silence", [AWAY, None, b"<html>"])
def test_the_period_begins_again_when_the_database_was_away(wait: Wait, silence: bytes | None) -> None:
    assert wait([CONNECTED] * 10 + [silence] * 5 + [CONNECTED]) == 14 + QUIET


def test_a_database_that_stays_away_is_not_waited_for_for_ever(wait: Wait) -> None:
    with pytest.raises(SystemExit, match="did not answer for 20 s on end within 60 s: rows may be lost"):
        wait([AWAY])
