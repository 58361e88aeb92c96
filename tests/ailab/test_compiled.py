"""What vLLM finds again of what it compiled: after a good end, after bad ones, and as another server."""

from __future__ import annotations

import http.client
import io
import os
import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest

from ailab.scripts import compiled
from infra.process import run

SCRIPT = Path(compiled.__file__)
URL = "http://127.0.0.1:8000/health"
Start = Callable[[str], list[str]]
Keep = Callable[[str, Exception | None], None]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start a server of that identity; gives what it found, to which each start adds one thing."""

    def started(identity: str) -> list[str]:
        found: list[str] = []

        def become(program: str, words: list[str]) -> None:
            assert (program, words) == ("vllm", ["vllm", "serve", "model"])
            cache = tmp_path / "cache"
            found.extend(sorted(file.name for file in cache.iterdir()) if cache.exists() else [])
            cache.mkdir(exist_ok=True)
            (cache / str(len(found))).touch()

        monkeypatch.setattr(os, "execvp", become)
        compiled.main("start", tmp_path, identity, ["vllm", "serve", "model"])
        return found

    return started


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Tell a server of that identity to end, which answers, or fails so when it is asked."""

    def kept(identity: str, failure: Exception | None) -> None:
        def ask(url: str, **_: object) -> io.BytesIO:
            assert url == URL
            if failure:
                raise failure
            return io.BytesIO()

        monkeypatch.setattr("urllib.request.urlopen", ask)
        compiled.main("keep", tmp_path, identity, [URL])

    return kept


def test_one_bad_end_leaves_the_cache_and_two_empty_it(start: Start) -> None:
    assert [start("a") for _ in range(5)] == [[], ["0"], [], ["0"], []]


def test_who_answered_before_each_end_finds_all_for_ever(start: Start, keep: Keep) -> None:
    found = []
    for _ in range(4):
        found.append(start("a"))
        keep("a", None)
    assert found == [[], ["0"], ["0", "1"], ["0", "1", "2"]]


def test_after_a_good_end_two_bad_ones_empty_the_cache(start: Start, keep: Keep) -> None:
    start("a")
    keep("a", None)
    assert [start("a") for _ in range(3)] == [["0"], ["0", "1"], []]


@pytest.mark.parametrize(
    "failure", [urllib.error.URLError("refused"), TimeoutError(), http.client.BadStatusLine("x")], ids=repr
)
def test_who_does_not_answer_at_its_end_is_not_trusted_more(start: Start, keep: Keep, failure: Exception) -> None:
    found = []
    for _ in range(3):
        found.append(start("a"))
        keep("a", failure)
    assert found == [[], ["0"], []]


def test_another_server_finds_nothing_of_the_former_one(start: Start, keep: Keep) -> None:
    start("a")
    keep("a", None)
    assert (start("b"), start("b")) == ([], ["0"])


@pytest.mark.parametrize("cut_off", ["", "a", "a two", "a 0 0"])
def test_a_count_that_a_full_disk_cut_off_is_none(start: Start, tmp_path: Path, cut_off: str) -> None:
    start("a")
    (tmp_path / "starts").write_text(cut_off, encoding="utf-8")
    assert start("a") == []


def test_the_program_takes_the_place_of_the_script(tmp_path: Path) -> None:
    program = (sys.executable, "-c", "import os, sys; print(os.getpid(), *sys.argv[1:]); sys.exit(7)", "--port=8000")
    shell = 'echo $$; exec "$@"'
    words = ("sh", "-c", shell, "sh", sys.executable, SCRIPT, "start", tmp_path, "a", *program)
    done = run(words, timeout=30, check=False)
    first, _, second = done.stdout.partition("\n")
    assert (done.status, second) == (7, f"{first} --port=8000\n")
